import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { lastCycleOf } from '../../../../layers/core/api/removal';
import { event } from '../../../contract/stores/samples';

const ID = 'taxon:562';

test('the newest cycle of a source that was removed is found behind all that ended after its removal', async () => {
  const stores = memoryStores();
  const append = (type: string, second: number, detail?: string) =>
    stores.events.append({ ...event(ID, type, new Date(Date.UTC(2026, 10, 21, 8, 0, second)).toISOString()), ...(detail && { detail }) });
  await append('source-cycle-started', 0, 'cycle 6');
  await append('source-cycle-started', 1, 'cycle 7');
  await append('remove-asked', 2, 'cycle 7');
  // Its batches were over; the machines of a large plan still went, one by one.
  for (let gone = 0; gone < 230; gone += 1) await append('worker-gone', 3 + gone);
  expect(await lastCycleOf({ stores }, ID)).toBe(7);
  expect(await lastCycleOf({ stores }, 'taxon:9031')).toBe(0);
});
