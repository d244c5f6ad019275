import { spoil } from './discovery/asked';
import { BAD_ANSWERS, RUNS } from './discovery/bad-answers';
import { expectWhole } from './discovery/known';
import { playNeeded, playUnread, ruleOnModels } from './discovery/columns';
import { doubledInOneRequest, LARGE_STUDY, LARGER, lostInWindow, prepareLarge, windowsResumed } from './discovery/large';
import { PASSING_FAULTS } from './discovery/passing-faults';
import { follow, placeFor, ROW_LIMIT, sourceOf } from './discovery/place';
import { expectHealed, expectMended, expectRejected } from './discovery/play';
import { tally } from './discovery/tally';
import { begun } from '../e2e/faults/cast';
import { accessionOf, makeRows, playRows, ROW_FAULTS, ROWS_STUDY } from './discovery/row-faults';

/** Once the other has ended, in whatever way. */
const after = <T>(other: Promise<unknown>, work: () => Promise<T>): Promise<T> => begun(other.then(work, work));

const BAD = BAD_ANSWERS.map((pair, at) => ({ study: `PRJEB95010${at}`, pair }));
const PASSING = PASSING_FAULTS.map((fault, at) => ({ study: `PRJEB9502${String(at).padStart(2, '0')}`, ...fault }));

/** Every fault of ENA that is known, through the deployed stack: one installation, a source for each, all at once. */
describe('what ENA answers, through the deployed stack', () => {
  jest.setTimeout(1_800_000);
  // Everything is played, whichever tests are asked for.
  const place = placeFor(async (standing) => {
    await Promise.allSettled([...ended.values(), columns, rows, resumed]);
    await tally(standing);
  });
  const ended = new Map<string, Promise<void>>();
  const end = (name: string): Promise<void> => ended.get(name) ?? Promise.reject(new Error(`"${name}" was not played`));
  let doubled: ReturnType<typeof doubledInOneRequest>;
  let lost: ReturnType<typeof lostInWindow>;
  let resumed: ReturnType<typeof windowsResumed>;
  let rows: ReturnType<typeof playRows>;
  let columns: Promise<void>;

  beforeAll(async () => {
    const { ena } = place().installation;
    await prepareLarge(place());
    await makeRows(place());
    for (const { study } of [...BAD, ...PASSING]) await ena.synthesize({ count: RUNS, study });
    for (const { study, search, count, after: counts } of PASSING) {
      // The first search is that of the study itself, when it is named.
      if (search) await spoil(place(), study, 'search', search, { after: 1 });
      await spoil(place(), study, 'count', count, { after: counts });
    }
    await follow(place(), [LARGE_STUDY, ROWS_STUDY, ...[...BAD, ...PASSING].map(({ study }) => study)]);
    doubled = begun(doubledInOneRequest(place()));
    lost = after(doubled, () => lostInWindow(place()));
    resumed = after(lost, () => windowsResumed(place()));
    rows = begun(playRows(place()));
    for (const { study, id, name, search, count } of PASSING)
      ended.set(name, begun(expectMended(place(), study, id, { [count.kind]: search === undefined ? 1 : 2 })));
    for (const { study, pair } of BAD) {
      const listed = begun(place().untilCycleEnded(sourceOf(study), 1));
      ended.set(
        study,
        after(listed, async () => expectWhole(place(), study, await listed)),
      );
      let before = end(study);
      for (const bad of pair) {
        before = after(before, () => expectRejected(place(), study, bad));
        ended.set(bad.name, before);
      }
      ended.set(
        `${study} healed`,
        after(before, () => expectHealed(place(), study)),
      );
    }
    // Once nobody else asks ENA which columns it has.
    columns = begun(
      Promise.allSettled([...ended.values()]).then(async () => {
        const [ruled, plain] = BAD.map(({ study }) => study);
        await ruleOnModels(place(), ruled ?? '');
        await playUnread(place(), plain ?? '');
        await playNeeded(place(), ruled ?? '');
      }),
    );
  }, 300_000);

  it.each(PASSING)('is whole in its first cycle in spite of $name, in the answer and in the count after it', ({ name }) => end(name));

  describe.each(BAD)('a source that has runs, $study', ({ study, pair }) => {
    it('is listed whole', () => end(study));
    it.each(pair)('keeps what it has, names and keeps the answer: $name', ({ name }) => end(name));
    it('is healed by the next good answer', () => end(`${study} healed`));
  });

  it('does without a column that ENA dropped only where no rule reads it', () => columns);

  it('takes rows that changed for the worse for what they are', async () => {
    const { spoilt: worse, gone, healed, summary } = await rows;
    const expected = ROW_FAULTS.map(({ state, rule }, at) => [accessionOf(at), { state, ...(rule !== undefined && { rule }) }] as const);
    for (const [accession, state] of expected) expect([accession, worse.states.get(accession)]).toEqual([accession, state]);
    // A link alone is no other content.
    expect(worse.summary.changes).toMatchObject({ new: 0, changed: 7, unchanged: 3, returned: 0, missing: 1, withdrawn: 0 });
    expect(gone.summary.changes).toMatchObject({ new: 0, changed: 0, unchanged: 10, returned: 0, missing: 0, withdrawn: 1 });
    expect(summary.changes).toMatchObject({ returned: 1, missing: 0, withdrawn: 0 });
    await expectWhole(place(), ROWS_STUDY, healed);
  });

  it('believes no 200,000 rows of which one came twice, and no windows of which one lacks a row', async () => {
    for (const { source, documents } of [await doubled, await lost]) {
      expect(source).toMatchObject({ listingCycle: 0, counts: { known: 0 }, rejectedListings: source.cycle });
      expect(documents).toEqual([]);
    }
    expect((await doubled).evidence).toMatchObject({ rows: ROW_LIMIT, verdict: { code: 'duplicate-runs' } });
    expect((await lost).evidence).toMatchObject({
      badWindow: { rows: expect.any(Number) as number },
      verdict: { code: 'row-count', detail: expect.stringMatching(/^window \d+ \(first_public .*rows where \d+ runs/) as string },
    });
  });

  it('goes on in the middle of the windows where it broke off, and has every run once', async () => {
    const { source, progress, searches, listed, due } = await resumed;
    expect(source).toMatchObject({ cycle: 3, listingCycle: 3, phase: 'awaiting approval', counts: { known: LARGER, missing: 0 } });
    expect(source.generatedWarning.map(({ code }) => code)).not.toContain('listing-rejected');
    expect(listed).toEqual({ rows: LARGER, runs: LARGER, first: 'ERR30000000', last: `ERR${30_000_000 + LARGER - 1}` });
    expect(due).toEqual({ lines: LARGER - source.counts.excluded, runs: LARGER - source.counts.excluded });
    const well = searches.filter(({ fault }) => fault === null).map(({ window }) => window);
    expect(new Set(well).size).toBe(well.length);
    expect(searches.map(({ fault }) => fault).filter((fault) => fault !== null)).toEqual(['cut', 'status']);
    expect(progress?.calls).toBeGreaterThan(0);
  });

  it('lists, compares and plans more than 200,000 runs within the memory of its functions', async () => {
    const { memory } = await resumed;
    const lines = ['list-runs', 'compare-listing', 'plan-batches'].map((name) => {
      const found = memory.get(name);
      expect(found).toMatchObject({ name: expect.stringContaining(name) as string, heldToMb: found?.configuredMb });
      expect(found?.peakMb).toBeLessThan(found?.configuredMb ?? 0);
      return `${name}: ${found?.peakMb} MB of ${found?.configuredMb} MB`;
    });
    process.stdout.write(`\n${LARGER} runs through the deployed stack, highest resident size: ${lines.join(', ')}\n`);
  });
});
