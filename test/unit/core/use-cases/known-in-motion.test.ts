import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import type { Outcome } from '../../../../layers/core/records';
import { knownInMotion } from '../../../../layers/core/use-cases/known-in-motion';

const KEY = 'ERR1#0123456789abcdef#fetch@aaaaaaaaaaaa';
const at = '2026-01-01T00:00:00.000Z';
const outcome = (result: 'complete' | 'failed'): Outcome => ({ fetchKey: KEY, result, bytes: 1, batchId: 'a', at });

test.each(['complete', 'failed'] as const)('a run that is %s between the two looks is never seen as untouched', async (result) => {
  const stores = memoryStores();
  await stores.claims.claim([{ fetchKey: KEY, holder: 'a', waiters: [], claimedAt: at }]);
  const batches: typeof stores.batches = {
    ...stores.batches,
    // Its batch settles as soon as somebody asks for it, and is over.
    get: async () => {
      await stores.outcomes.put([outcome(result)]);
      await stores.claims.release([KEY], 'a');
      return undefined;
    },
  };
  expect((await knownInMotion({ ...stores, batches }, [KEY])).get(KEY)).toMatchObject({ outcome: { result } });
});

test('a claim that nobody will settle counts as none', async () => {
  const stores = memoryStores();
  await stores.claims.claim([{ fetchKey: KEY, holder: 'gone', waiters: [], claimedAt: at }]);
  expect((await knownInMotion(stores, [KEY])).get(KEY) ?? {}).toEqual({});
});
