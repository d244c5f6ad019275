import { fetchKeyOf } from '../../../layers/core/ids';
import type { Stores } from '../../../layers/core/ports/stores';
import { AT, claim, outcome } from './samples';

let used = 1_000_000;
const newKey = (): string => fetchKeyOf(`ERR${(used += 1)}`, 'a'.repeat(64), 'fetch', '0123456789ab');
const newKeys = (count: number): readonly string[] => Array.from({ length: count }, newKey);

export const claimsAreHeldOnce = (stores: () => Stores): void => {
  test('claims are put where nobody holds them; holding one already counts', async () => {
    const keys = newKeys(3);
    await stores().claims.claim(keys.slice(0, 1).map((key) => claim(key, 'one')));
    await stores().claims.claim(keys.slice(1, 2).map((key) => claim(key, 'two')));
    const results = await stores().claims.claim(keys.map((key) => claim(key, 'one')));
    expect(results).toEqual([
      { fetchKey: keys[0], outcome: 'claimed' },
      { fetchKey: keys[1], outcome: 'held', holder: 'two' },
      { fetchKey: keys[2], outcome: 'claimed' },
    ]);
    expect((await stores().claims.get([...keys, newKey()])).size).toBe(3);
  });

  test('a hundred claims go in one call', async () => {
    const keys = newKeys(100);
    const results = await stores().claims.claim(keys.map((key) => claim(key, 'many')));
    expect(results.filter((result) => result.outcome === 'claimed')).toHaveLength(100);
    expect((await stores().claims.get(keys)).size).toBe(100);
  });

  test('of eight that claim the same runs at once each run goes to exactly one', async () => {
    const keys = newKeys(5);
    const holders = Array.from({ length: 8 }, (_, place) => `holder-${place}`);
    const results = await Promise.all(holders.map((holder) => stores().claims.claim(keys.map((key) => claim(key, holder)))));
    const winners = results.flatMap((answers, place) =>
      answers.filter(({ outcome: word }) => word === 'claimed').map(({ fetchKey }) => ({ fetchKey, holder: holders[place] })),
    );
    expect(winners.map(({ fetchKey }) => fetchKey).sort()).toEqual([...keys].sort());
    const standing = await stores().claims.get(keys);
    for (const { fetchKey, holder } of winners) expect(standing.get(fetchKey)?.holder).toBe(holder);
  });

  test('waiters add themselves once each, survive a repeated claim, and are given back on release', async () => {
    const key = newKey();
    await stores().claims.claim([claim(key, 'one')]);
    await Promise.all(['taxon:2', 'taxon:1', 'taxon:2'].map((sourceId) => stores().claims.addWaiter(key, sourceId)));
    await stores().claims.claim([claim(key, 'one')]);
    expect((await stores().claims.get([key])).get(key)).toEqual({ ...claim(key, 'one'), waiters: ['taxon:1', 'taxon:2'] });
    await expect(stores().claims.release([key], 'two')).resolves.toEqual([]);
    await expect(stores().claims.release([key, newKey()], 'one')).resolves.toEqual(['taxon:1', 'taxon:2']);
    await expect(stores().claims.release([key], 'one')).resolves.toEqual([]);
    await expect(stores().claims.addWaiter(key, 'taxon:1')).resolves.toBe(false);
    expect((await stores().claims.get([key])).size).toBe(0);
  });

  test('a run that is verified cannot be claimed; one that failed can, and says how', async () => {
    const [done, failed, free] = [newKey(), newKey(), newKey()];
    const [one, two] = [outcome(done, 'complete'), outcome(failed, 'failed', { reason: 'md5' })];
    await stores().outcomes.put([one, two]);
    expect(await stores().claims.claim([done, failed, free].map((key) => claim(key, 'later')))).toEqual([
      { fetchKey: done, outcome: 'complete', before: one },
      { fetchKey: failed, outcome: 'claimed', before: two },
      { fetchKey: free, outcome: 'claimed' },
    ]);
    expect(await stores().outcomes.known([done, failed, free, newKey()])).toEqual(
      new Map([
        [done, { outcome: one }],
        [failed, { outcome: two, claim: claim(failed, 'later') }],
        [free, { claim: claim(free, 'later') }],
      ]),
    );
    await stores().claims.release([done, failed, free], 'later');
    expect(await stores().outcomes.known([done, failed, free])).toEqual(
      new Map([
        [done, { outcome: one }],
        [failed, { outcome: two }],
      ]),
    );
  });

  test.each([
    { name: 'complete ends the claim of its batch and gives back who waited', result: 'complete', holder: 'own', claimed: false },
    { name: 'failed leaves the claim of its batch', result: 'failed', holder: 'own', claimed: true },
    { name: 'complete leaves the claim of another', result: 'complete', holder: 'other', claimed: true },
    { name: 'failed leaves the claim of another', result: 'failed', holder: 'other', claimed: true },
  ] as const)('an outcome that is $name', async ({ result, holder, claimed }) => {
    const key = newKey();
    await stores().claims.claim([claim(key, holder)]);
    await stores().claims.addWaiter(key, 'taxon:1');
    const put = outcome(key, result, { batchId: 'own' });
    expect(await stores().outcomes.put([put])).toEqual(claimed ? [] : ['taxon:1']);
    // Repeated, it changes nothing.
    expect(await stores().outcomes.put([put])).toEqual([]);
    const standing = claimed ? { claim: { ...claim(key, holder), waiters: ['taxon:1'] } } : {};
    expect((await stores().outcomes.known([key])).get(key)).toEqual({ outcome: put, ...standing });
  });

  test('who completes what another has completed meanwhile lets go of it all the same', async () => {
    const key = newKey();
    await stores().claims.claim([claim(key, 'one')]);
    await stores().claims.addWaiter(key, 'taxon:1');
    const first = outcome(key, 'complete', { batchId: 'two' });
    expect(await stores().outcomes.put([first])).toEqual([]);
    expect(await stores().outcomes.put([outcome(key, 'complete', { batchId: 'one' })])).toEqual(['taxon:1']);
    expect((await stores().outcomes.known([key])).get(key)).toEqual({ outcome: first });
  });

  test('of a batch that claims while another completes, either the claim is refused or it was ended', async () => {
    const keys = newKeys(20);
    await stores().claims.claim(keys.map((key) => claim(key, 'one')));
    const [answers] = await Promise.all([
      stores().claims.claim(keys.map((key) => claim(key, 'two'))),
      stores().outcomes.put(keys.map((key) => outcome(key, 'complete', { batchId: 'one' }))),
    ]);
    expect(answers.map(({ outcome: word }) => word)).not.toContain('claimed');
    expect((await stores().claims.get(keys)).size).toBe(0);
  });

  test('forgetting an outcome leaves the claim on it', async () => {
    const key = newKey();
    await stores().outcomes.put([outcome(key, 'failed')]);
    await stores().claims.claim([claim(key, 'one')]);
    await stores().outcomes.remove([key]);
    expect((await stores().outcomes.known([key])).get(key)).toEqual({ claim: claim(key, 'one') });
  });

  test.each([
    { name: 'failed becomes complete', first: 'failed', second: 'complete', stands: 'second' },
    { name: 'complete is never downgraded', first: 'complete', second: 'failed', stands: 'first' },
    { name: 'a later failure replaces an earlier one', first: 'failed', second: 'failed', stands: 'second' },
    { name: 'the first complete stands', first: 'complete', second: 'complete', stands: 'first' },
  ] as const)('of two outcomes $name', async ({ first, second, stands }) => {
    const key = newKey();
    const one = outcome(key, first, { batchId: 'study-PRJEB1.1.1', ...(first === 'failed' ? { reason: 'md5' } : {}) });
    const two = outcome(key, second, { batchId: 'study-PRJEB1.1.2' });
    await stores().outcomes.put([one]);
    await stores().outcomes.put([two]);
    expect((await stores().outcomes.get([key])).get(key)).toEqual(stands === 'first' ? one : two);
  });

  test('what a stage said of a run stays with its outcome', async () => {
    const key = newKey();
    const said = outcome(key, 'complete', { verdict: 'low-q30 few-reads' });
    await stores().outcomes.put([said]);
    expect((await stores().outcomes.get([key])).get(key)).toEqual(said);
  });

  test('an outcome that is removed is gone, and removing it again does no harm', async () => {
    const [kept, gone] = [newKey(), newKey()];
    await stores().outcomes.put([outcome(kept, 'complete', { at: AT }), outcome(gone, 'complete', { at: AT })]);
    for (let times = 0; times < 2; times += 1) await stores().outcomes.remove([gone, newKey()]);
    expect([...(await stores().outcomes.get([kept, gone])).keys()]).toEqual([kept]);
  });

  test('250 outcomes are written and read in one call each', async () => {
    const keys = newKeys(250);
    await stores().outcomes.put(keys.map((key) => outcome(key, 'complete', { at: AT })));
    for (const mayLag of [false, true]) expect((await stores().outcomes.get(keys, { mayLag })).size).toBe(250);
  });
};
