import { installation } from './ena-installation';
import { standingEna } from './standing-ena';

/** A study of 132 runs, 28 of them with files, of which 16 (6 with files) were published in December 2019. */
const STUDY = 'study:PRJEB28810';
const DECEMBER = { extraQuery: { field: 'first_public', operator: '>=', value: '2019-12-01' } } as const;

const ena = standingEna();

describe('a source that asks for fewer runs than before', () => {
  it('does not match the others any more: what is home stays, nothing is withdrawn, and the old query brings them back', async () => {
    const { add, check, fetchAll } = installation(ena());
    await add({ sourceId: STUDY });
    await check(STUDY);
    await fetchAll(STUDY, 1);
    const narrowed = await check(STUDY, DECEMBER);
    expect(narrowed.listed).toMatchObject({ outcome: 'listed', rows: 16 });
    expect(narrowed.compared).toMatchObject({
      known: 132,
      changes: { unmatched: 116, unchanged: 16, missing: 0, withdrawn: 0 },
      states: { complete: 28, excluded: 104 },
    });
    for (let listings = 0; listings < 3; listings += 1)
      expect((await check(STUDY)).compared).toMatchObject({
        changes: { unmatched: 116, missing: 0, withdrawn: 0 },
        states: { complete: 28 },
      });
    const { extraQuery, ...wide } = (await check(STUDY)).source;
    expect(extraQuery).toEqual(DECEMBER.extraQuery);
    const widened = await check(STUDY, { ...wide, extraQuery: undefined });
    expect(widened.compared).toMatchObject({ changes: { returned: 116, unmatched: 0 }, states: { complete: 28, excluded: 104 } });
  });

  it('has nothing to fetch of the others, and leaves them out by name and not as an odd share', async () => {
    const { add, check, plans } = installation(ena());
    await add({ sourceId: STUDY });
    await check(STUDY);
    const { compared, source } = await check(STUDY, { ...DECEMBER, phase: 'listing' });
    expect(compared).toMatchObject({ states: { due: 6, excluded: 126 }, changes: { unmatched: 116 } });
    expect(await plans(STUDY, source.cycle)).toHaveLength(6);
    expect(source.generatedWarning.find(({ code }) => code === 'excluded-share')?.detail).toMatch(/^10 of 16 runs left out/);
    expect(source.counts).toMatchObject({ known: 132, withdrawn: 0, missing: 0 });
  });

  it('needs a word of a person where its query finds nothing at all', async () => {
    const { add, check } = installation(ena());
    await add({ sourceId: STUDY });
    await check(STUDY);
    const nothing = { extraQuery: { field: 'first_public', operator: '>=', value: '2031-01-01' } } as const;
    expect((await check(STUDY, nothing)).listed).toMatchObject({ outcome: 'rejected', code: 'suspicious-zero' });
  });

  it('still withdraws what ENA withdraws, and is still suspicious where ENA has fewer of what was asked for before', async () => {
    const { add, check, get, plans } = installation(ena());
    await add({ sourceId: STUDY });
    await check(STUDY);
    // Before and after, and then what the last listing was asked for.
    await ena().control.inject({ on: 'portal', contains: '/count', after: 2, fault: { kind: 'wrong-count', by: -100 } });
    const { listed } = await check(STUDY, DECEMBER);
    expect(listed).toMatchObject({ outcome: 'rejected', code: 'large-drop', detail: expect.stringContaining('32 runs where') as string });
    expect(await get(STUDY)).toMatchObject({ listingCycle: 1, counts: { known: 132 } });
    expect((await check(STUDY)).compared).toMatchObject({ changes: { unmatched: 116 } });
    const [gone] = await plans(STUDY, 3);
    await ena().control.change({ kind: 'withdraw', accession: gone?.accession ?? '' });
    expect((await check(STUDY, { phase: 'listing' })).compared).toMatchObject({ changes: { unmatched: 116, missing: 1 } });
  });
});
