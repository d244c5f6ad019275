import { optional } from '../optional';
import type { Batch, Job, Source, Worker } from '../entities';
import { indexJobIdOf, slug, stagesOfWork, workerIdOf } from '../ids';
import type { Deps } from '../use-cases/deps';
import { cycleNameOf } from '../use-cases/start-cycle';
import { executionUrl, homeOf, type Places } from './places';
import { standingOf, type StandingDeps, type Waits } from './standing';

type ViewDeps = StandingDeps;

export interface WorkerView {
  readonly workerId: string;
  readonly provider: string;
  readonly status: string;
  readonly providerRef?: string;
  /** The site that holds it. */
  readonly site?: string;
  readonly ageSeconds: number;
  readonly deadline: string;
}

export interface BatchView {
  readonly batchId: string;
  readonly status: string;
  readonly attempt: number;
  readonly runs: { readonly planned: number; readonly linked: number; readonly complete: number; readonly failed: number };
  readonly bytes: number;
  /** `<stage>@<revision>` of every stage, in their order. */
  readonly stages: readonly string[];
  /** Batches whose results it works on. */
  readonly parents?: Batch['parents'];
  readonly cancelRequested: boolean;
  readonly notBefore?: string;
  /** How long its job takes; `learnedFrom` 0: assumed. */
  readonly estimate?: Batch['estimate'];
  /** Why it is not dispatched yet, or its job not started. */
  readonly waits?: Waits;
  readonly attempts: Batch['attempts'];
  /** The console's page of its newest attempt. */
  readonly execution?: string;
}

export const workerView = (worker: Worker, now: Date): WorkerView => ({
  workerId: worker.workerId,
  provider: worker.provider,
  status: worker.status,
  ...optional('providerRef', worker.providerRef),
  ...optional('site', worker.site),
  ageSeconds: Math.round((now.getTime() - Date.parse(worker.requestedAt)) / 1000),
  deadline: worker.deadline,
});

const batchView = (batch: Batch, places: Places, waits?: Waits): BatchView => ({
  batchId: batch.batchId,
  status: batch.status,
  attempt: batch.attempt,
  runs: { planned: batch.runCount, linked: batch.linkedRuns.length, complete: batch.completeRuns, failed: batch.failedRuns },
  bytes: batch.bytes,
  stages: stagesOfWork(batch).map(({ name, revision }) => `${name}@${revision}`),
  ...optional('parents', batch.parents),
  cancelRequested: batch.cancelRequested,
  ...optional('notBefore', batch.notBefore),
  ...optional('estimate', batch.estimate),
  ...optional('waits', waits),
  attempts: batch.attempts,
  ...optional(
    'execution',
    batch.attempt === 0 ? undefined : executionUrl(places, 'process-batch', workerIdOf(batch.batchId, batch.attempt)),
  ),
});

/** Every source, page by page. */
export async function allSources(deps: Pick<Deps, 'stores'>): Promise<readonly Source[]> {
  const sources: Source[] = [];
  let cursor: string | undefined;
  do {
    const page = await deps.stores.sources.list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    sources.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return sources;
}

export interface SourceView {
  readonly source: Source;
  /** Counts as they are now. */
  readonly runs: Source['counts'];
  readonly batches: readonly BatchView[];
  readonly workers: readonly WorkerView[];
  readonly places: { readonly results: string; readonly samplesheet: string; readonly executions: Readonly<Record<string, string>> };
}

/** The console's pages of the newest execution of each machine that works for a source as a whole. */
function executionsOf(places: Places, { sourceId, cycle, listingCycle, indexAsked }: Source): Readonly<Record<string, string>> {
  const check = cycle === 0 ? undefined : executionUrl(places, 'check-source', cycleNameOf(sourceId, cycle));
  const publish = indexAsked === 0 ? undefined : executionUrl(places, 'publish-source', indexJobIdOf(sourceId, listingCycle, indexAsked));
  return { ...optional('check-source', check), ...optional('publish-source', publish) };
}

/** Counts as they are now: those of the newest plan or publication and what its batches have settled since. Pure. */
export function countsNow(source: Source, batches: readonly Batch[]): Source['counts'] {
  const open = batches.filter(
    (batch) => batch.cycle === source.listingCycle && (source.phase === 'running' || source.phase === 'publishing'),
  );
  const sum = (field: 'completeRuns' | 'failedRuns'): number => open.reduce((total, batch) => total + batch[field], 0);
  return { ...source.counts, complete: source.counts.complete + sum('completeRuns'), failed: source.counts.failed + sum('failedRuns') };
}

async function batchViews(
  deps: ViewDeps,
  places: Places,
  source: Source | undefined,
  batches: readonly Batch[],
): Promise<readonly BatchView[]> {
  const waitsOf = batches.some(mayWait) ? await standingOf(deps, batches) : () => undefined;
  return batches.map((batch) => batchView(batch, places, waitsOf(batch, source)));
}
const mayWait = ({ status }: Batch): boolean => status === 'planned' || status === 'dispatched';

/** One source with its batches and workers, and where its files lie. Read only. */
export async function sourceView(deps: ViewDeps, places: Places, sourceId: string): Promise<SourceView | undefined> {
  const source = await deps.stores.sources.get(sourceId);
  if (!source) return undefined;
  const [batches, workers] = await Promise.all([deps.stores.batches.ofSource(sourceId), deps.stores.workers.alive()]);
  const folder = `${homeOf(places)}/sources/${slug(sourceId)}`;
  return {
    source,
    runs: countsNow(source, batches),
    batches: await batchViews(deps, places, source, batches),
    workers: workers.filter((worker) => worker.sourceId === sourceId).map((worker) => workerView(worker, deps.now())),
    places: { results: `${folder}/links/`, samplesheet: `${folder}/samplesheet.csv`, executions: executionsOf(places, source) },
  };
}

/** Every batch of a source; undefined where there is neither source nor batch. Read only. */
export async function batchesView(deps: ViewDeps, places: Places, sourceId: string): Promise<readonly BatchView[] | undefined> {
  const batches = await deps.stores.batches.ofSource(sourceId);
  const source = await deps.stores.sources.get(sourceId);
  if (batches.length === 0 && !source) return undefined;
  return batchViews(deps, places, source, batches);
}

type JobView = Pick<Job, 'jobId' | 'kind' | 'status' | 'slurmId' | 'progress' | 'cause' | 'lastHeardAt' | 'startedAt' | 'endedAt'>;
/** What a person may know of a job: no enrolment hashes and nonces. */
const jobView = (job: Job): JobView => ({
  jobId: job.jobId,
  kind: job.kind,
  status: job.status,
  ...optional('slurmId', job.slurmId),
  ...optional('progress', job.progress),
  ...optional('cause', job.cause),
  ...optional('lastHeardAt', job.lastHeardAt),
  ...optional('startedAt', job.startedAt),
  ...optional('endedAt', job.endedAt),
});

export interface BatchDetail extends BatchView {
  readonly sourceId: string;
  readonly cycle: number;
  readonly stage: string;
  readonly revision: string;
  readonly worker?: WorkerView;
  /** Jobs of the newest attempt. */
  readonly jobs: readonly JobView[];
}

/** One batch with the worker and the jobs of its newest attempt. Read only. */
export async function batchDetail(deps: ViewDeps, places: Places, batchId: string): Promise<BatchDetail | undefined> {
  const batch = await deps.stores.batches.get(batchId);
  if (!batch) return undefined;
  const workerId = workerIdOf(batchId, batch.attempt);
  const [worker, jobs] = await Promise.all([deps.stores.workers.get(workerId), deps.stores.jobs.ofWorker(workerId)]);
  const { sourceId, cycle, stage, revision } = batch;
  const waits = mayWait(batch) ? (await standingOf(deps, [batch]))(batch, await deps.stores.sources.get(sourceId)) : undefined;
  return {
    ...batchView(batch, places, waits),
    sourceId,
    cycle,
    stage,
    revision,
    ...optional('worker', worker && workerView(worker, deps.now())),
    jobs: jobs.map(jobView),
  };
}
