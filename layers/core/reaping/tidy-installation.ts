import { allSources } from '../api/views';
import { CycleSummary } from '../discovery/documents';
import { sourceKeys } from '../discovery/keys';
import type { Source } from '../entities';
import { jobKeyOf, slug } from '../ids';
import { CleanReport } from '../wire';
import type { Deps } from '../use-cases/deps';
import type { Isolate } from '../use-cases/isolate';
import type { FunctionVersions } from '../ports/outside';
import { removeOldVersions } from './old-versions';
import { oldObjects, type Retention } from './old-objects';
import { INSTALLATION_EVENTS } from './records';
import { tidyJobId } from './tidy-job';

export type TidyDeps = Pick<Deps, 'stores' | 'objects' | 'gate' | 'now' | 'installation'> & {
  readonly isolate: Isolate;
  readonly versions: FunctionVersions;
  readonly retention: Retention;
  /** Partition of the cluster that moves data. */
  readonly partition?: string | undefined;
};
export interface Tidied {
  readonly sources: number;
  readonly objectsRemoved: number;
  /** Versions of functions under which no execution can run any more. */
  readonly versionsRemoved: number;
  /** What became of the job that tidies at home: as the gate answered. */
  readonly home: string;
}

/** Of a job that is no batch's, by its own id. */
const TidyReport = CleanReport.pick({ result: true, reason: true, removed: true });

const ACTOR = 'tidy-installation';
const DAY_MILLISECONDS = 86_400_000;
const IN_MOTION = ['planned', 'dispatched', 'running', 'sweeping'] as const;
const LOOK_AT = 10_000;
const RESOURCES = { cpus: 1, memoryMb: 512, timeMinutes: 360 };

/**
 * Removes what is old (docs/retention.md): replaced listings from the bucket, whose versions stay for another 90 days, and by one job of the cluster the folders
 * of jobs that are long over; and versions of functions that were replaced 90 days ago (contract 11). Safe to repeat: what is gone is not removed again, and the job has its name
 * by the day.
 */
export async function tidyInstallation(deps: TidyDeps): Promise<Tidied> {
  const sources = await allSources(deps);
  let objectsRemoved = 0;
  for (const source of sources) {
    objectsRemoved += (await deps.isolate(source.sourceId, () => removeOld(deps, source))) ?? 0;
  }
  await deps.isolate('home of yesterday', () => tellYesterday(deps));
  const home = (await deps.isolate('home', () => tidyHome(deps))) ?? 'failed';
  const versionsRemoved = (await deps.isolate('versions of functions', () => removeOldVersions(deps.versions, deps.now()))) ?? 0;
  return { sources: sources.length, objectsRemoved, versionsRemoved, home };
}

async function removeOld({ objects, retention, now }: TidyDeps, source: Source): Promise<number> {
  const { sourceId, listingCycle } = source;
  const summary = listingCycle === 0 ? undefined : await objects.getJson(sourceKeys(sourceId, listingCycle).summary, CycleSummary);
  // Without it nobody knows which records the last good ones stand on.
  if (summary === undefined) return 0;
  const found = await Promise.all(['listings', 'sources'].map((root) => objects.list(`${root}/${slug(sourceId)}/`)));
  const old = oldObjects(source, summary.baseCycle, found.flat(), retention, now());
  await objects.remove(old);
  return old.length;
}

/** Batches whose folders are still of use: they are in motion or waiting, or a worker of theirs is alive, held ones too. */
async function neededBatches({ stores }: TidyDeps): Promise<readonly string[]> {
  const [alive, ...byStatus] = await Promise.all([
    stores.workers.alive(),
    ...IN_MOTION.map((status) => stores.batches.withStatus(status, LOOK_AT)),
  ]);
  if (byStatus.some(({ length }) => length >= LOOK_AT))
    throw new Error(`more than ${LOOK_AT} batches in one status: nothing at home is tidied`);
  return [...new Set([...alive, ...byStatus.flat()].map(({ batchId }) => batchId))].sort();
}

/** A job that nobody waits to hear from: what it did is read from its report a day later. */
async function tidyHome(deps: TidyDeps): Promise<string> {
  const { gate, installation, retention, partition } = deps;
  const now = deps.now();
  const jobId = tidyJobId(installation, now);
  const before = Math.floor((now.getTime() - retention.jobDays * DAY_MILLISECONDS) / 1000);
  const answer = await gate.submit({
    ...{ v: 1, key: jobKeyOf(installation, jobId), jobId, kind: 'clean', enrolment: null },
    deadlineEpochSeconds: Math.floor(now.getTime() / 1000) + 2 * RESOURCES.timeMinutes * 60,
    resources: { ...RESOURCES, ...(partition !== undefined && { partition }) },
    spec: { installation, before, keep: await neededBatches(deps) },
  });
  return answer.outcome === 'done' ? 'submitted' : `${answer.outcome}: ${answer.detail}`;
}

async function tellYesterday({ gate, stores, now, installation }: TidyDeps): Promise<void> {
  const jobId = tidyJobId(installation, new Date(now().getTime() - DAY_MILLISECONDS));
  const asked = await gate.status([{ jobId, key: jobKeyOf(installation, jobId) }]);
  const report = asked.outcome === 'answered' ? TidyReport.safeParse(asked.answer.jobs[0]?.report).data : undefined;
  if (report === undefined) return;
  const detail = `${report.result}: ${report.removed?.length ?? 0} folders${report.reason ? ` (${report.reason})` : ''}`;
  await stores.events.append({
    ...{ entityId: jobId, sourceId: INSTALLATION_EVENTS, at: now().toISOString(), type: 'home-tidied', actor: ACTOR, detail },
  });
}
