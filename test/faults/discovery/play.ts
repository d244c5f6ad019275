import type { BadAnswer } from './bad-answers';
import { acted, note, spoil, spoilt } from './asked';
import { evidenceOf, expectWhole, known, summaryOf } from './known';
import { sourceOf, type Place } from './place';
import type { Source } from '../../../layers/core/entities';

const codes = ({ generatedWarning }: Source): readonly string[] => generatedWarning.map(({ code }) => code);

/** A bad answer in the next cycle: it is named, kept as evidence, and changes nothing. */
export async function expectRejected(place: Place, study: string, bad: BadAnswer): Promise<void> {
  const [before, faults] = [await known(place, study), await acted(place, study)];
  for (const { fault, ...when } of bad.counts ?? []) await spoil(place, study, 'count', fault, when);
  if (bad.search) await spoil(place, study, 'search', bad.search);
  const source = await place.check(sourceOf(study));
  await note(place, study, bad.id, faults);
  expect(await known(place, study)).toEqual(before);
  expect(source.generatedWarning).toContainEqual({ code: 'listing-rejected', detail: expect.stringMatching(bad.says) as string });
  expect(source).toMatchObject({ lastRunStatus: 'warning', rejectedListings: expect.any(Number) as number });
  const { evidence, hasRaw } = await evidenceOf(place, study, source.cycle);
  const wanted = [bad.code].flat();
  expect(evidence?.verdict).toMatchObject({ outcome: 'rejected', detail: expect.stringMatching(bad.says) as string });
  expect(wanted).toContain(evidence?.verdict.code);
  expect(hasRaw).toBe(bad.isRefused !== true);
}

/** The next good answer: nothing new in it, the warning gone, every run there once. */
export async function expectHealed(place: Place, study: string): Promise<void> {
  const source = await place.check(sourceOf(study));
  expect(codes(source)).not.toContain('listing-rejected');
  expect(source.rejectedListings).toBeUndefined();
  expect(source).toMatchObject({ listingCycle: source.cycle, phase: 'awaiting approval', lastRunStatus: 'ready' });
  const { known: runs, changes } = await summaryOf(place, study, source.cycle);
  expect(changes).toMatchObject({ unchanged: runs, new: 0, changed: 0, missing: 0, withdrawn: 0, returned: 0 });
  await expectWhole(place, study, source);
}

/** A first cycle that met faults on its way, and ended well by itself: nobody was told, nothing is lost or doubled. */
export async function expectMended(place: Place, study: string, id: string, times: Readonly<Record<string, number>>): Promise<void> {
  const source = await place.untilCycleEnded(sourceOf(study), 1);
  expect(await spoilt(place, study)).toEqual(times);
  await note(place, study, id);
  expect(source).toMatchObject({ cycle: 1, listingCycle: 1, phase: 'awaiting approval' });
  expect(codes(source).filter((code) => code === 'archive-unavailable' || code === 'listing-rejected')).toEqual([]);
  await expectWhole(place, study, source);
}
