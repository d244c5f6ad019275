import { FINAL_BATCH_STATUSES, type Batch, type HistoryEvent, type Source } from '../entities';
import { changeBatch, changeSource, changeWorker } from '../use-cases/change-status';
import type { Deps } from '../use-cases/deps';

type ActionDeps = Pick<Deps, 'stores' | 'now'>;
/** What came of an action; `refused` says in words why, and nothing was changed. */
export type Acted =
  | { readonly outcome: 'done'; readonly source: Source; readonly detail?: string }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'missing' };

export const ACTIONS = ['check', 'approve', 'pause', 'resume', 'clear', 'cancel'] as const;
export type Action = (typeof ACTIONS)[number];

type Perform = (deps: ActionDeps, source: Source, actor: string) => Promise<Acted>;

/** One conditional write on the version that was read; somebody else's write in between is told, not overwritten. */
async function write(
  deps: ActionDeps,
  source: Source,
  actor: string,
  type: string,
  set: Partial<Source>,
  remove?: readonly (keyof Source)[],
): Promise<Acted> {
  const event: HistoryEvent = { entityId: source.sourceId, sourceId: source.sourceId, at: deps.now().toISOString(), type, actor };
  const written = await deps.stores.sources.change(source, set, event, remove);
  if (written.outcome === 'written') return { outcome: 'done', source: written.item };
  return written.item ? refused('it was changed by somebody else at the same moment; try again') : { outcome: 'missing' };
}
const refused = (reason: string): Acted => ({ outcome: 'refused', reason });

const check: Perform = async (deps, source, actor) => {
  if (source.needsAttention) return refused(`it needs attention (${source.needsAttention.reason}); clear it first`);
  if (source.paused) return refused('it is paused; resume it first');
  if (source.cycleRunning) return refused('a cycle is running already');
  return write(deps, source, actor, 'check-asked', { checkRequested: true, pool: 'manual', nextCheckAt: deps.now().toISOString() });
};

const approve: Perform = async (deps, source, actor) => {
  if (source.approval !== 'waiting') return refused('no plan waits for approval');
  const changed = await changeSource(deps, source.sourceId, 'approved', {
    actor,
    set: { approval: 'approved' },
    remove: ['approvalReason'],
  });
  return changed.outcome === 'changed'
    ? { outcome: 'done', source: changed.item }
    : refused('its plan changed at the same moment; look at it again');
};

const pause: Perform = (deps, source, actor) => write(deps, source, actor, 'paused', { paused: true });
const resume: Perform = (deps, source, actor) => write(deps, source, actor, 'resumed', { paused: false });

/** Clears attention, has held workers swept once more, and asks for a check, so that what failed is due again. */
const clear: Perform = async (deps, source, actor) => {
  if (!source.needsAttention) return refused('it needs no attention');
  const held = (await deps.stores.workers.withStatus('held', 1_000)).filter((worker) => worker.sourceId === source.sourceId);
  for (const worker of held) await changeWorker(deps, worker.workerId, 'retry-sweep', { actor });
  return write(
    deps,
    source,
    actor,
    'attention-cleared',
    { checkRequested: true, nextCheckAt: deps.now().toISOString(), lastRunStatus: source.cycle === 0 ? 'new' : 'warning' },
    ['needsAttention'],
  );
};

const inMotion = (batches: readonly Batch[]): readonly Batch[] => batches.filter(({ status }) => !FINAL_BATCH_STATUSES.includes(status));

/** Planned batches end at once; those that run are stopped by the heartbeat, swept, and then settled as cancelled. */
const cancel: Perform = async (deps, source, actor) => {
  const batches = inMotion(await deps.stores.batches.ofSource(source.sourceId));
  if (batches.length === 0) return refused('nothing is planned or running');
  for (const batch of batches) {
    const ended = batch.status === 'planned' && (await changeBatch(deps, batch.batchId, 'cancel', { actor })).outcome === 'changed';
    if (!ended) await changeBatch(deps, batch.batchId, 'ask-cancel', { actor });
  }
  const running = inMotion(await deps.stores.batches.ofSource(source.sourceId)).length;
  if (running === 0 && source.phase === 'awaiting approval') {
    await changeSource(deps, source.sourceId, 'cancelled', { actor, set: { approval: 'none' }, remove: ['approvalReason'] });
  }
  const now = await deps.stores.sources.get(source.sourceId);
  return now
    ? { outcome: 'done', source: now, detail: `${batches.length - running} batches cancelled, ${running} being stopped` }
    : { outcome: 'missing' };
};

const PERFORM: Readonly<Record<Action, Perform>> = { check, approve, pause, resume, clear, cancel };

/** One action of a person on one source. Repeating it is refused or changes nothing more. */
export async function actOnSource(deps: ActionDeps, sourceId: string, action: Action, actor: string): Promise<Acted> {
  const source = await deps.stores.sources.get(sourceId);
  return source ? PERFORM[action](deps, source, actor) : { outcome: 'missing' };
}

/** Stops following a source. Refused while anything of it is in motion; results, listings and history stay. */
export async function removeSource(deps: ActionDeps, sourceId: string): Promise<Acted> {
  const source = await deps.stores.sources.get(sourceId);
  if (!source) return { outcome: 'missing' };
  const running = inMotion(await deps.stores.batches.ofSource(sourceId)).length;
  if (running > 0) return refused(`${running} batches are planned or running; cancel first`);
  if (source.cycleRunning) return refused('a cycle is running; wait for its end');
  const written = await deps.stores.sources.remove(source);
  return written.outcome === 'written'
    ? { outcome: 'done', source }
    : refused('it was changed by somebody else at the same moment; try again');
}
