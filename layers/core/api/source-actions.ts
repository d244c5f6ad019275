import type { Source } from '../entities';
import type { HistoryEvent } from '../records';
import { isIdentity } from '../ids';
import { isServed, priorityText } from '../sources/priority';
import { changeSource } from '../use-cases/change-status';
import type { Deps } from '../use-cases/deps';
import { retryHeldSweeps } from '../use-cases/hold-worker';
import { attentionCleared, publicationWarnings, runStatusOf } from '../use-cases/publication-warnings';
import { counted } from '../words';
import { cancelBatches, inMotion } from './cancel-batches';

type ActionDeps = Pick<Deps, 'stores' | 'objects' | 'now'>;
/** What came of an action; `refused` says in words why, and nothing was changed. */
export type Acted =
  | { readonly outcome: 'done'; readonly source: Source; readonly detail?: string }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'missing' };

export const ACTIONS = ['check', 'approve', 'pause', 'resume', 'clear', 'cancel', 'accept-listing'] as const;
export type Action = (typeof ACTIONS)[number];

type Perform = (deps: ActionDeps, source: Source, actor: string) => Promise<Acted>;

/** One conditional write on the version that was read; somebody else's write in between is told, not overwritten. */
async function write(
  deps: ActionDeps,
  source: Source,
  event: Pick<HistoryEvent, 'type' | 'actor'>,
  set: Partial<Source>,
  remove?: readonly (keyof Source)[],
): Promise<Acted> {
  const { sourceId } = source;
  const line: HistoryEvent = { entityId: sourceId, sourceId, at: deps.now().toISOString(), ...event };
  const written = await deps.stores.sources.change(source, set, line, remove);
  if (written.outcome === 'written') return { outcome: 'done', source: written.item };
  return written.item ? refused('it was changed by somebody else at the same moment; try again') : { outcome: 'missing' };
}
const refused = (reason: string): Acted => ({ outcome: 'refused', reason });
const withDetail = (acted: Acted, detail: string | undefined): Acted =>
  acted.outcome === 'done' && detail !== undefined ? { ...acted, detail } : acted;
const isBusy = ({ phase }: Source): boolean => phase === 'running' || phase === 'publishing';

const check: Perform = async (deps, source, actor) => {
  if (source.needsAttention) return refused(`it needs attention (${source.needsAttention.reason}); clear it first`);
  if (source.paused) return refused('it is paused; resume it first');
  if (!isServed(source.priority)) return refused(`its priority is ${priorityText(source.priority)}; raise it first with "trawl set"`);
  if (source.cycleRunning) return refused('a cycle is running already');
  const set = { checkRequested: true, nextCheckAt: deps.now().toISOString() };
  const acted = await write(deps, source, { type: 'check-asked', actor }, set);
  return withDetail(acted, isBusy(source) ? 'as soon as its running batches are settled' : undefined);
};

const approve: Perform = async (deps, source, actor) => {
  if (source.approval !== 'waiting') return refused('no plan waits for approval');
  if (source.cycleRunning) return refused('a cycle is running, and its plan replaces the one that waits; look again when it is over');
  const changed = await changeSource(deps, source.sourceId, 'approved', {
    actor,
    // Only the plan that this person could see.
    where: { listingCycle: source.listingCycle },
    set: { approval: 'approved', lastRunStatus: source.needsAttention ? 'error' : 'in progress' },
    remove: ['approvalReason'],
  });
  return changed.outcome === 'changed'
    ? { outcome: 'done', source: changed.item }
    : refused('its plan changed at the same moment; look at it again');
};

const pause: Perform = (deps, source, actor) => write(deps, source, { type: 'paused', actor }, { paused: true });
const resume: Perform = (deps, source, actor) => write(deps, source, { type: 'resumed', actor }, { paused: false });

/** Clears attention, has held workers swept once more, and asks for a check, so that what failed is due again. */
const clear: Perform = async (deps, source, actor) => {
  if (!source.needsAttention) return refused('it needs no attention');
  if (!isIdentity(source.sourceId)) return refused('ENA did not know this accession; remove it, or add it again once ENA shows it');
  const held = await retryHeldSweeps(deps, source.sourceId, actor);
  const lastRunStatus: Source['lastRunStatus'] = isBusy(source) ? 'in progress' : source.listingCycle === 0 ? 'new' : 'warning';
  const generatedWarning = lastRunStatus === 'warning' ? attentionCleared(source) : source.generatedWarning;
  const set = { checkRequested: true, nextCheckAt: deps.now().toISOString(), lastRunStatus, generatedWarning };
  const acted = await write(deps, source, { type: 'attention-cleared', actor }, set, ['needsAttention']);
  return withDetail(acted, held === 0 ? undefined : `${held} held workers are swept again`);
};

const cancel: Perform = async (deps, source, actor) => {
  const before = inMotion(await deps.stores.batches.ofSource(source.sourceId));
  if (before.length === 0 && source.phase !== 'awaiting approval') return refused('nothing is planned or running');
  await cancelBatches(deps, before, actor);
  const running = inMotion(await deps.stores.batches.ofSource(source.sourceId)).length;
  if (running === 0 && source.phase === 'awaiting approval') {
    if (!(await dropWaitingPlan(deps, source.sourceId, actor))) return refused('it changed at the same moment; try again');
  }
  const now = await deps.stores.sources.get(source.sourceId);
  return now
    ? {
        outcome: 'done',
        source: now,
        detail: `${counted(before.length - running, 'batch', 'batches')} cancelled, ${running} being stopped`,
      }
    : { outcome: 'missing' };
};

/** What was done before stands; the runs of the plan are due again at the next check, and a warning says how many. */
async function dropWaitingPlan(deps: ActionDeps, sourceId: string, actor: string): Promise<boolean> {
  const source = await deps.stores.sources.get(sourceId);
  if (source?.phase !== 'awaiting approval') return true;
  const planned = await deps.stores.batches.ofSource(sourceId, source.listingCycle);
  const open = planned.reduce((sum, { runCount }) => sum + runCount, 0);
  const generatedWarning = [...publicationWarnings(source.generatedWarning, { ...source.counts, open })];
  const changed = await changeSource(deps, sourceId, 'cancelled', {
    actor,
    where: { version: source.version },
    set: { approval: 'none', lastRunStatus: runStatusOf({ ...source, generatedWarning }), generatedWarning },
    remove: ['approvalReason'],
  });
  return changed.outcome === 'changed';
}

/** What the last listing lost is really gone: the next one like it counts. Attention for it goes, other attention stays. */
const acceptListing: Perform = async (deps, source, actor) => {
  const { suspectListing: suspect, needsAttention } = source;
  if (suspect === undefined) return refused('no listing waits to be confirmed');
  const isMended = needsAttention?.reason === 'listings-rejected';
  const set: Partial<Source> = {
    acceptedListing: suspect,
    checkRequested: true,
    nextCheckAt: deps.now().toISOString(),
    ...(isMended && { lastRunStatus: 'warning' }),
  };
  const acted = await write(deps, source, { type: 'listing-accepted', actor }, set, isMended ? ['needsAttention'] : []);
  return withDetail(acted, `${suspect.code}: ${counted(suspect.rows, 'run')}`);
};

const PERFORM: Readonly<Record<Action, Perform>> = { check, approve, pause, resume, clear, cancel, 'accept-listing': acceptListing };

/** One action of a person on one source. Repeating it is refused or changes nothing more. */
export async function actOnSource(deps: ActionDeps, sourceId: string, action: Action, actor: string): Promise<Acted> {
  const source = await deps.stores.sources.get(sourceId);
  return source ? PERFORM[action](deps, source, actor) : { outcome: 'missing' };
}
