import type { Source } from '../entities';
import { indexJobIdOf } from '../ids';
import type { Deps } from './deps';
import { evaluateSource } from './evaluate-source';
import type { Isolate } from './isolate';
import { answerJob } from './reconcile-batches';
import { settleExecution } from './settle-execution';
import { cycleOrder, mayStartCycle, repairCycle, startCycle } from './start-cycle';

type SourceDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'> & { readonly isolate: Isolate };
export interface SourcesReconciled {
  readonly started: number;
  readonly repaired: number;
  /** Sources in motion that were evaluated again, because nothing of them moved. */
  readonly evaluated: number;
}

export async function everySource(deps: Pick<Deps, 'stores'>): Promise<readonly Source[]> {
  const found: Source[] = [];
  let cursor: string | undefined;
  do {
    const page = await deps.stores.sources.list({ limit: 500, ...(cursor !== undefined && { cursor }) });
    found.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/**
 * Starts cycles of due sources into the free places, repeats starts that were lost, and looks again at sources that wait for something
 * that is over. Safe to repeat and to run twice at once: starting is conditional on the version that was read.
 */
export async function reconcileSources(deps: SourceDeps, cyclesAtOnce: number, sources: readonly Source[]): Promise<SourcesReconciled> {
  const running = sources.filter(({ cycleRunning }) => cycleRunning);
  let repaired = 0;
  for (const source of running) {
    const repair = await deps.isolate(source.sourceId, () => repairCycle(deps, source));
    if (repair === 'started-again' || repair === 'freed') repaired += 1;
  }
  const started = await startDue(deps, cyclesAtOnce - running.length);
  for (const source of sources.filter(({ phase }) => phase === 'publishing')) {
    if ((await deps.isolate(source.sourceId, () => repairPublication(deps, source))) === true) repaired += 1;
  }
  return { started, repaired, evaluated: await evaluateStalled(deps, sources) };
}

async function startDue(deps: SourceDeps, places: number): Promise<number> {
  if (places <= 0) return 0;
  const due = (await deps.stores.sources.due(deps.now().toISOString(), 500)).filter(mayStartCycle);
  let started = 0;
  for (const source of [...due].sort(cycleOrder)) {
    if (started >= places) break;
    if ((await deps.isolate(source.sourceId, () => startFresh(deps, source.sourceId))) === true) started += 1;
  }
  return started;
}

/** Reads the source again: the index that `due` reads is a little old. */
async function startFresh(deps: SourceDeps, sourceId: string): Promise<boolean> {
  const fresh = await deps.stores.sources.get(sourceId);
  return fresh !== undefined && mayStartCycle(fresh) && (await startCycle(deps, fresh)).outcome === 'started';
}

/** A publication whose index job has ended without an answer, or whose execution has ended unheard. @returns whether it was so */
async function repairPublication(deps: SourceDeps, { sourceId, listingCycle, indexAsked }: Source): Promise<boolean> {
  const name = indexJobIdOf(sourceId, listingCycle, indexAsked);
  const job = await deps.stores.jobs.get(name);
  const answered = job !== undefined && (await answerJob(deps, job));
  const status = await deps.machines.status('publish-source', name);
  if (status === undefined || status === 'RUNNING') return answered;
  return (await settleExecution(deps, { machine: 'publish-source', name, status })).outcome === 'settled';
}

/** *running* or *publishing* without a batch or worker in motion: a settling was lost, or a link to another source is over. */
async function evaluateStalled(deps: SourceDeps, sources: readonly Source[]): Promise<number> {
  const inMotion = sources.filter(({ phase }) => phase === 'running' || phase === 'publishing');
  if (inMotion.length === 0) return 0;
  const busy = new Set((await deps.stores.workers.alive()).map(({ sourceId }) => sourceId));
  const stalled = inMotion.filter(({ sourceId, needsAttention }) => !busy.has(sourceId) && needsAttention === undefined);
  for (const { sourceId } of stalled) await deps.isolate(sourceId, () => evaluateSource(deps, sourceId));
  return stalled.length;
}
