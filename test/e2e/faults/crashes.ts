/** Functions whose process ends after an effect, and what all that came to in the end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../world/setup/install-once';
import type { CrashProxy } from '../../world/crashes/proxy';
import { differences } from '../../unit/functions/crash/ends';
import { dropletsOf } from '../droplets/machines';
import { submitted } from '../support/observe';
import { causesOf, timesDelivered, untilNoJobLeft } from './expectations';
import type { Place } from './place';
import { nameToTrawl, newSource, type WatchedSource } from './watched-source';

const MACHINES = ['process-batch', 'sweep-results', 'publish-source', 'heartbeat', 'reap-workers'] as const;
const kebab = (name: string): string => name.replaceAll(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();
/** Every function of these machines by their own text, and those that answer callbacks and events. */
export const MORTAL: ReadonlySet<string> = new Set([
  ...MACHINES.flatMap((machine) =>
    [...readFileSync(join(PROJECT_ROOT, 'statemachines', `${machine}.asl.json`), 'utf8').matchAll(/\$\{(\w+)Arn\}/g)].map(([, name = '']) =>
      kebab(name),
    ),
  ),
  ...['accept-callback', 'settle-execution'],
]);

export const crashesOf = ({ crashes }: Place): CrashProxy => {
  if (crashes === undefined) throw new Error('nothing stands between the functions and what they change');
  return crashes;
};
export const studyOf = ({ sourceId }: WatchedSource): string => sourceId.replace('study:', '');
/** From now on each function ends once, after its n-th effect on this source. */
export const endAfter = (place: Place, source: WatchedSource, n: number): void => crashesOf(place).endAfter(studyOf(source), n, MORTAL);
/** The most effects that one function has on it. */
export const mostEffects = (place: Place, source: WatchedSource): number =>
  Math.max(...[...crashesOf(place).effects(studyOf(source))].filter(([fn]) => MORTAL.has(fn)).map(([, effects]) => effects.length));

/** Names of one source's things, so that those of two can be compared. */
const nameless =
  ({ sourceId, slug, accessions }: WatchedSource) =>
  (text: string): string =>
    accessions
      .reduce((left, accession, at) => left.replaceAll(accession, `<run ${at + 1}>`), text)
      .replaceAll(sourceId, '<source>')
      .replaceAll(slug, '<slug>');

/** All that must be the same at the end, wherever a process ended on the way. */
export async function endOf(place: Place, source: WatchedSource) {
  const { stores, installation } = place;
  const [shown, batches] = [await source.now(), await source.batches()];
  const { items: events } = await stores.events.ofSource(source.sourceId, { limit: 500 });
  const worker = await stores.workers.get(source.worker(batches[0]?.attempt));
  const open = (await stores.jobs.open(1_000)).filter(({ sourceId }) => sourceId === source.sourceId);
  const jobs = (await submitted(installation)).filter((name) => name.includes(`.${source.slug}.`));
  const machines = installation.digitalOcean === undefined ? [] : await dropletsOf(place, source);
  const clean = nameless(source);
  return {
    source: {
      ...{ status: shown.lastRunStatus, phase: shown.phase, complete: shown.counts.complete, failed: shown.counts.failed },
      ...{ attention: shown.needsAttention?.reason, warnings: shown.generatedWarning.map(({ code }) => code) },
      published: [shown.indexAsked, shown.indexDone],
    },
    batches: batches.map(({ status, completeRuns, failedRuns }) => ({ status, completeRuns, failedRuns })),
    causes: await causesOf(source),
    worker: worker && { status: worker.status, sweep: worker.sweep, sweepFailures: worker.sweepFailures },
    delivered: await timesDelivered(place, source),
    open: open.map(({ jobId }) => clean(jobId)),
    jobs: jobs.map(clean).sort(),
    machines: machines.map(({ name, status }) => `${clean(name)} ${status}`),
    history: events.map(({ entityId, type }) => clean(`${entityId} ${type}`)).sort(),
  };
}
export type StackEnd = Awaited<ReturnType<typeof endOf>>;

/** What a source's functions died of, a line each. */
export const crashLines = (place: Place, sources: readonly WatchedSource[]): readonly string[] => {
  const studies = new Set(sources.map(studyOf));
  const byFunction = new Map<string, string[]>();
  const inOrder = [...crashesOf(place).crashes].sort((one, other) => one.n - other.n);
  for (const { fn, subject = '', n, effect } of inOrder)
    if (studies.has(subject)) byFunction.set(fn, [...(byFunction.get(fn) ?? []), `${n} (${effect})`]);
  return [...byFunction].map(([fn, ends]) => `${fn} ended after its effect ${ends.join(', ')}`).sort();
};

/** Whose functions all live, and one source for each n, whose functions each end once after their n-th effect. */
export interface Disturbed {
  readonly undisturbed: WatchedSource;
  readonly sources: readonly WatchedSource[];
}
/** @param first number of the first new source */
export async function disturb(place: Place, first: number, ns: readonly number[]): Promise<readonly WatchedSource[]> {
  const sources: WatchedSource[] = [];
  for (const [at, n] of ns.entries()) {
    const source = await newSource(place, first + at, 1);
    endAfter(place, source, n);
    sources.push(source);
  }
  await nameToTrawl(place, sources);
  return sources;
}

/** Waits for their ends. @returns what is not as at the undisturbed, by source; prints what their functions died of */
export async function unlike(place: Place, { undisturbed, sources }: Disturbed): Promise<readonly object[]> {
  for (const source of [undisturbed, ...sources]) await source.untilSettled();
  process.stdout.write(`\nFunctions of ${sources.length} batches at the cluster, n = 1–${mostEffects(place, undisturbed)}:\n`);
  process.stdout.write(`${crashLines(place, sources).join('\n')}\n`);
  const end = await endOf(place, undisturbed);
  const wrong: object[] = [];
  for (const source of sources) {
    await untilNoJobLeft(place, source);
    const fault = differences(await endOf(place, source), end);
    if (fault !== undefined) wrong.push({ source: source.sourceId, fault });
  }
  return wrong;
}
