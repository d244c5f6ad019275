import { z } from 'zod';
import { acted, note, spoil, type Fault } from './asked';
import type { BadAnswer } from './bad-answers';
import { expectHealed, expectRejected } from './play';
import { sourceOf, type Place } from './place';

const FILTERS = { v: 1, rules: [{ rule: 'instrument-model', parameters: { noneOf: ['unspecified'] } }] };
const Version = z.object({ version: z.string() });

/** A source with a rule that reads `instrument_model`, listed under it. */
export async function ruleOnModels(place: Place, study: string): Promise<void> {
  const { cycle = 0 } = (await place.stores.sources.get(sourceOf(study))) ?? {};
  const path = `/sources/${encodeURIComponent(sourceOf(study))}/filters`;
  const { version } = Version.parse(await place.tell('GET', path));
  await place.tell('PUT', path, { version, filters: FILTERS });
  // Filters that are set have the source checked by themselves.
  await place.untilCycleEnded(sourceOf(study), cycle + 1);
}

/** ENA drops columns for one question, and says so where it is asked which it has. */
async function drop(place: Place, study: string, columns: readonly string[]): Promise<void> {
  const fault: Fault = { kind: 'dropped-columns', columns: [...columns] };
  await spoil(place, study, 'search', fault);
  await place.installation.ena.inject({ on: 'portal', contains: '/returnFields', fault });
}

const refused = (id: string, says: RegExp): BadAnswer => ({ id, name: 'a column dropped', code: 'refused', says, isRefused: true });

/** Without a column that nobody reads there is a listing that says so; the next one has it again. */
export async function playUnread(place: Place, study: string): Promise<void> {
  const before = await acted(place, study);
  await drop(place, study, ['instrument_model', 'host']);
  const source = await place.check(sourceOf(study));
  await note(place, study, 'archive-column-dropped', before);
  expect(source).toMatchObject({ listingCycle: source.cycle, phase: 'awaiting approval' });
  const warning = { code: 'columns-absent', detail: 'ENA does not have instrument_model, host any more: empty in this listing' };
  expect(source.generatedWarning).toContainEqual(warning);
  const { generatedWarning } = await place.check(sourceOf(study));
  expect(generatedWarning).not.toContainEqual(expect.objectContaining({ code: 'columns-absent' }));
}

/** Without a column that a rule of the source reads, or that every source needs, there is none. */
export async function playNeeded(place: Place, study: string): Promise<void> {
  await drop(place, study, ['instrument_model']);
  await expectRejected(
    place,
    study,
    refused('archive-column-of-rule-dropped', /instrument_model, which the filter rule instrument-model of this source reads/),
  );
  await drop(place, study, ['fastq_md5']);
  await expectRejected(
    place,
    study,
    refused('archive-column-needed-dropped', /Invalid fieldName\(s\) supplied: fastq_md5; ENA does not have any more: fastq_md5/),
  );
  await expectHealed(place, study);
}
