/** Functions whose process ends after an effect, and what all that came to in the end. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobKeyOf } from '../../../layers/core/ids';
import { PROJECT_ROOT } from '../../world/setup/install-once';
import type { Crash } from '../../world/crashes/counter';
import type { CrashProxy } from '../../world/crashes/proxy';
import { differences } from '../../unit/functions/crash/ends';
import { dropletsOf } from '../droplets/machines';
import { jobFolders, submitted } from '../support/observe';
import { causesOf, timesDelivered, untilNoJobLeft } from './expectations';
import type { Place } from './place';
import { nameToTrawl, newSource, type WatchedSource } from './watched-source';

const MACHINES = ['process-batch', 'sweep-results', 'publish-source', 'heartbeat', 'reap-workers'] as const;
const kebab = (name: string): string => name.replaceAll(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();
/** The functions of one machine, by its own text. */
export const functionsOf = (machine: string): ReadonlySet<string> =>
  new Set(
    [...readFileSync(join(PROJECT_ROOT, 'statemachines', `${machine}.asl.json`), 'utf8').matchAll(/\$\{(\w+)Arn\}/g)].map(([, name = '']) =>
      kebab(name),
    ),
  );
/** Every function of the machines that a batch goes through, and those that answer callbacks and events. */
export const MORTAL: ReadonlySet<string> = new Set([
  ...MACHINES.flatMap((machine) => [...functionsOf(machine)]),
  ...['accept-callback', 'settle-execution'],
]);

export const crashesOf = ({ crashes }: Place): CrashProxy => {
  if (crashes === undefined) throw new Error('nothing stands between the functions and what they change');
  return crashes;
};
export const studyOf = ({ sourceId }: WatchedSource): string => sourceId.replace('study:', '');
/** The most effects that one of these functions has on it. */
export const mostEffects = (place: Place, source: WatchedSource, functions = MORTAL): number =>
  Math.max(...[...crashesOf(place).effects(studyOf(source))].filter(([fn]) => functions.has(fn)).map(([, effects]) => effects.length));

/** Names of one source's things, so that those of two can be compared. */
const nameless =
  ({ sourceId, slug, accessions }: WatchedSource) =>
  (text: string): string =>
    accessions
      .reduce((left, accession, at) => left.replaceAll(accession, `<run ${at + 1}>`), text)
      .replaceAll(sourceId, '<source>')
      .replaceAll(slug, '<slug>');

/** Its jobs that Slurm took, by their names in the accounting, which hears of each some seconds late: waits until it knows them all. */
async function accounted({ installation }: Place, source: WatchedSource): Promise<readonly string[]> {
  const { cluster, name } = installation;
  const isTaken = (jobId: string): boolean => existsSync(join(cluster.root, 'jobs', jobId, 'submitted.json'));
  const taken = jobFolders(installation).filter((jobId) => jobId.startsWith(`${source.slug}.`) && isTaken(jobId));
  let known: readonly string[] = [];
  await source.until('its jobs in the accounting', async () => {
    known = (await submitted(installation)).filter((key) => key.includes(`.${source.slug}.`));
    return taken.every((jobId) => known.includes(jobKeyOf(name, jobId)));
  });
  return known;
}

/** All that must be the same at the end, wherever a process ended on the way. */
export async function endOf(place: Place, source: WatchedSource) {
  const { stores, installation } = place;
  const [shown, batches] = [await source.now(), await source.batches()];
  const { items: events } = await stores.events.ofSource(source.sourceId, { limit: 500 });
  const worker = await stores.workers.get(source.worker(batches[0]?.attempt));
  const open = (await stores.jobs.open(1_000)).filter(({ sourceId }) => sourceId === source.sourceId);
  const jobs = await accounted(place, source);
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

/**
 * What counts where an attempt was lost on the way: everything home once, nobody asked, as many machines made and none left alive. How many attempts that took is of no
 * account.
 */
const essenceOf = ({ source, batches, worker, delivered, open, machines }: StackEnd): object => ({
  source: { ...source, published: [], warnings: [] },
  ...{ batches, delivered, open },
  worker: worker?.status,
  machines: machines.map((line) => line.slice(line.lastIndexOf(' ') + 1)),
});

/** Processes that ended in the work for these sources. */
export function crashesIn(place: Place, sources: readonly WatchedSource[]): readonly Crash[] {
  const studies = new Set(sources.map(studyOf));
  return crashesOf(place).crashes.filter(({ subject = '' }) => studies.has(subject));
}
/** A line for each function. */
export function crashLines(crashes: readonly Crash[]): readonly string[] {
  const byFunction = new Map<string, string[]>();
  for (const { fn, n, effect } of [...crashes].sort((one, other) => one.n - other.n))
    byFunction.set(fn, [...(byFunction.get(fn) ?? []), `${n} (${effect})`]);
  return [...byFunction].map(([fn, ends]) => `${fn} ended after its effect ${ends.join(', ')}`).sort();
}

/** One source for each n: these functions of it each end once, after their n-th effect on it. */
export interface Disturbance {
  /** Number of the first new source. */
  readonly first: number;
  readonly ns: readonly number[];
  readonly functions?: ReadonlySet<string>;
  /** With which it is named. */
  readonly flags?: readonly string[];
}
export async function disturb(place: Place, { first, ns, functions = MORTAL, flags = [] }: Disturbance): Promise<readonly WatchedSource[]> {
  const sources: WatchedSource[] = [];
  for (const [at, n] of ns.entries()) {
    const source = await newSource(place, first + at, 1);
    crashesOf(place).endAfter(studyOf(source), n, functions);
    sources.push(source);
  }
  await nameToTrawl(place, sources, ...flags);
  return sources;
}

export interface Compared {
  /** Whose functions all live. */
  readonly undisturbed: WatchedSource;
  readonly sources: readonly WatchedSource[];
  /** Causes that an attempt may be lost for. Where one was, the essence of the end must be the same, else all of it. */
  readonly lostFor?: readonly string[];
}
/** Waits for their ends. @returns what is not as at the undisturbed, by source; prints what their functions died of */
export async function unlike(place: Place, { undisturbed, sources, lostFor = [] }: Compared): Promise<readonly object[]> {
  for (const source of [undisturbed, ...sources]) await source.untilSettled();
  process.stdout.write(`\nFunctions of ${sources.length} batches, each ended once:\n${crashLines(crashesIn(place, sources)).join('\n')}\n`);
  const end = await endOf(place, undisturbed);
  const wrong: object[] = [];
  for (const source of sources) {
    await untilNoJobLeft(place, source);
    const own = await endOf(place, source);
    const isLost = own.causes.flat().some((cause) => lostFor.includes(cause));
    const fault = isLost ? differences(essenceOf(own), essenceOf(end)) : differences(own, end);
    if (fault !== undefined) wrong.push({ source: source.sourceId, fault });
  }
  return wrong;
}
