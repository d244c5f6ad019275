import { FINAL_BATCH_STATUSES, SOURCE_STATUSES, type Batch, type HistoryEvent, type Source, type Worker } from '../entities';
import type { Deps } from '../use-cases/deps';

type ViewDeps = Pick<Deps, 'stores' | 'now'>;
/** Ids that lead a person from a page of Trawl to the console and to the files. */
export interface Places {
  readonly installation: string;
  readonly region: string;
  readonly clusterRoot: string;
  readonly clusterHost: string;
}

export interface WorkerView {
  readonly workerId: string;
  readonly provider: string;
  readonly status: string;
  readonly providerRef?: string;
  readonly ageSeconds: number;
  readonly deadline: string;
}

export interface BatchView {
  readonly batchId: string;
  readonly status: string;
  readonly attempt: number;
  readonly runs: { readonly planned: number; readonly linked: number; readonly complete: number; readonly failed: number };
  readonly bytes: number;
  readonly cancelRequested: boolean;
  readonly notBefore?: string;
  readonly attempts: Batch['attempts'];
}

export interface StatusView {
  readonly installation: string;
  readonly sources: Readonly<Record<string, number>>;
  readonly attention: readonly { readonly sourceId: string; readonly reason: string; readonly detail: string; readonly at: string }[];
  readonly awaitingApproval: readonly { readonly sourceId: string; readonly reason: string }[];
  readonly workers: readonly WorkerView[];
  readonly batches: Readonly<Record<string, number>>;
}

const workerView = (worker: Worker, now: Date): WorkerView => ({
  workerId: worker.workerId,
  provider: worker.provider,
  status: worker.status,
  ...(worker.providerRef === undefined ? {} : { providerRef: worker.providerRef }),
  ageSeconds: Math.round((now.getTime() - Date.parse(worker.requestedAt)) / 1000),
  deadline: worker.deadline,
});

const batchView = (batch: Batch): BatchView => ({
  batchId: batch.batchId,
  status: batch.status,
  attempt: batch.attempt,
  runs: { planned: batch.runCount, linked: batch.linkedRuns.length, complete: batch.completeRuns, failed: batch.failedRuns },
  bytes: batch.bytes,
  cancelRequested: batch.cancelRequested,
  ...(batch.notBefore === undefined ? {} : { notBefore: batch.notBefore }),
  attempts: batch.attempts,
});

/** Every source, page by page. */
export async function allSources(deps: ViewDeps): Promise<readonly Source[]> {
  const sources: Source[] = [];
  let cursor: string | undefined;
  do {
    const page = await deps.stores.sources.list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    sources.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return sources;
}

/** The whole installation at one look: counts per status word, what needs a person, what is alive. Read only. */
export async function statusView(deps: ViewDeps, places: Places): Promise<StatusView> {
  const [sources, workers, ...batches] = await Promise.all([
    allSources(deps),
    deps.stores.workers.alive(),
    ...(['planned', 'dispatched', 'running', 'sweeping'] as const).map((status) => deps.stores.batches.withStatus(status, 1_000)),
  ]);
  const counts = Object.fromEntries(
    SOURCE_STATUSES.map((status) => [status, sources.filter((source) => source.lastRunStatus === status).length]),
  );
  return {
    installation: places.installation,
    sources: counts,
    attention: sources.flatMap(({ sourceId, needsAttention }) =>
      needsAttention ? [{ sourceId, reason: needsAttention.reason, detail: needsAttention.detail, at: needsAttention.at }] : [],
    ),
    awaitingApproval: sources.flatMap(({ sourceId, approval, approvalReason }) =>
      approval === 'waiting' ? [{ sourceId, reason: approvalReason ?? '' }] : [],
    ),
    workers: workers.map((worker) => workerView(worker, deps.now())),
    batches: Object.fromEntries(
      ['planned', 'dispatched', 'running', 'sweeping'].map((status, index) => [status, batches[index]?.length ?? 0]),
    ),
  };
}

export interface SourceView {
  readonly source: Source;
  /** Counts as they are now: those of the last publication and what the running plan has added. */
  readonly runs: Source['counts'];
  readonly batches: readonly BatchView[];
  readonly workers: readonly WorkerView[];
  readonly places: { readonly results: string; readonly samplesheet: string; readonly executions: Readonly<Record<string, string>> };
}

const consoleUrl = (places: Places, machine: string): string =>
  `https://${places.region}.console.aws.amazon.com/states/home?region=${places.region}#/statemachines?search=${places.installation}-${machine}`;

/** One source with its batches and workers, and where its files lie. Read only. */
export async function sourceView(deps: ViewDeps, places: Places, sourceId: string): Promise<SourceView | undefined> {
  const source = await deps.stores.sources.get(sourceId);
  if (!source) return undefined;
  const [batches, workers] = await Promise.all([deps.stores.batches.ofSource(sourceId), deps.stores.workers.alive()]);
  const open = batches.filter(
    (batch) => batch.cycle === source.listingCycle && (source.phase === 'running' || source.phase === 'publishing'),
  );
  const sum = (field: 'completeRuns' | 'failedRuns'): number => open.reduce((total, batch) => total + batch[field], 0);
  const home = `${places.clusterHost}:${places.clusterRoot}`;
  return {
    source,
    runs: { ...source.counts, complete: source.counts.complete + sum('completeRuns'), failed: source.counts.failed + sum('failedRuns') },
    batches: batches.map(batchView),
    workers: workers.filter((worker) => worker.sourceId === sourceId).map((worker) => workerView(worker, deps.now())),
    places: {
      results: `${home}/sources/${sourceId.replace(':', '-')}/links/`,
      samplesheet: `${home}/sources/${sourceId.replace(':', '-')}/samplesheet.csv`,
      executions: Object.fromEntries(
        ['check-source', 'process-batch', 'sweep-results', 'publish-source'].map((machine) => [machine, consoleUrl(places, machine)]),
      ),
    },
  };
}

export interface HistoryPage {
  readonly items: readonly HistoryEvent[];
  readonly cursor?: string;
}
export const isFinal = (batch: Pick<Batch, 'status'>): boolean => FINAL_BATCH_STATUSES.includes(batch.status);
