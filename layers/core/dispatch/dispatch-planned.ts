import { causeKind } from '../attempts/causes';
import type { Batch, Source } from '../entities';
import { PlanUnreadableError } from '../errors';
import { dispatchBatch, isKnownNeed, type DispatchDeps } from '../use-cases/dispatch-batch';
import type { Dispatched } from '../use-cases/dispatched';
import { waitsForParents } from '../use-cases/from-parents';
import { homeSpace } from '../use-cases/home-space';
import { isLongPending, longPending, note, type Found } from '../use-cases/beat-warnings';
import { raiseAttention } from '../use-cases/raise-attention';
import { overBudget } from '../money/budget';
import type { Deps } from '../use-cases/deps';
import type { Isolate } from '../use-cases/isolate';
import { plannedBatches, standingNow, type Standing } from './look-at-planned';
import { roomAt } from './provider-pace';
import type { PriceList } from './worst-case';
import { type Cap, type Caps, capsFor, dispatchOrder, fullCap, isForPerson, PULLING, waitingReasons } from './eligibility';

export type PlannedDeps = Omit<DispatchDeps, 'rateOf'> &
  Pick<Deps, 'gate'> & {
    readonly caps: Caps;
    readonly isolate: Isolate;
    readonly longPendingSeconds?: number;
    /** Asked for at most once a beat. */
    readonly prices: () => Promise<PriceList>;
  };
/** `room`: workers that each provider may still be asked for in this beat. `tries`: batches that may still be tried, whatever comes of it. */
type Deals = PlannedDeps & { readonly rateOf: PriceList; readonly room: Map<string, number>; readonly standing: Standing; tries: number };
export interface DispatchSummary {
  readonly dispatched: number;
  readonly linked: number;
  /** Batches left waiting, by reason: a waiting reason, `cap:<scope>` (`cap:pace/<provider>`: asked enough of it in this minute), `budget:day` or `budget:month`. */
  readonly waiting: Readonly<Record<string, number>>;
}

/** Each reads a plan and writes what it needs: so many fit well into the time of a beat, and the others come in the next. */
const MOST_TRIES = 500;

/**
 * Fills free slots with planned batches, pool by pool, in order. The space at home is asked for at most once, and only when a
 * batch could go. `found` collects what sources are to be warned of. Safe to run twice at once: each dispatch is one transaction, and a batch that another tick took is skipped.
 */
export async function dispatchPlanned(deps: PlannedDeps, found: Found = new Map()): Promise<DispatchSummary> {
  const planned = await plannedBatches(deps, deps.caps);
  const tally = { dispatched: 0, linked: 0, waiting: {} as Record<string, number> };
  const wait = (reason: string): void => void (tally.waiting[reason] = (tally.waiting[reason] ?? 0) + 1);
  const ready = await readyBatches(deps, planned, wait, found);
  if (ready.length === 0) return tally;
  const measured = await homeSpace(deps);
  const room = roomAt(await deps.stores.workers.alive(), planned, deps.now());
  const rooms = new Map(Object.keys(deps.caps.providers).map((name) => [name, room(name)]));
  const deals: Deals = { ...deps, rateOf: await deps.prices(), room: rooms, standing: standingNow(deps), tries: MOST_TRIES };
  for (const batch of ready) {
    if (measured.home === undefined) {
      wait('cap:home-unknown');
      note(found, batch.sourceId, { code: 'home-unknown', detail: `nothing is dispatched until the head node answers: ${measured.away}` });
    } else {
      const { home } = measured;
      const outcome = await deps.isolate(batch.batchId, () => dispatchInto(deals, batch, home.freeBytes));
      if (outcome?.outcome === 'refused' && outcome.by === 'home') {
        note(found, batch.sourceId, {
          code: 'home-full',
          detail: 'planned batches wait until there is space; "trawl status" says how much',
        });
      }
      if (outcome === undefined) wait('failed');
      else if (outcome.outcome === 'dispatched' || outcome.outcome === 'linked') tally[outcome.outcome] += 1;
      else wait(outcome.outcome === 'refused' ? refusalWord(outcome) : (outcome.by[0] ?? 'taken'));
    }
  }
  return tally;
}

const refusalWord = ({ by, over }: Extract<Dispatched, { outcome: 'refused' }>): string =>
  over === undefined ? `cap:${by}` : by.replace('/', ':');

/** The batches that only lack a slot, best first: by the priority that their source has now, whatever it was when they were planned. */
async function readyBatches(
  deps: PlannedDeps,
  planned: readonly Batch[],
  wait: (reason: string) => void,
  found: Found,
): Promise<readonly Batch[]> {
  const sources = new Map<string, Source | undefined>();
  for (const { sourceId } of planned) if (!sources.has(sourceId)) sources.set(sourceId, await deps.stores.sources.get(sourceId));
  const providers = Object.keys(deps.caps.providers);
  const hasOpenParents = await waitsForParents(deps, planned);
  return planned
    .filter((batch) => {
      const reasons = waitingReasons(batch, sources.get(batch.sourceId), deps.now(), providers, hasOpenParents(batch));
      reasons.slice(0, 1).forEach(wait);
      if (isLongPending(deps, batch.createdAt) && !reasons.some(isForPerson)) note(found, batch.sourceId, longPending(batch));
      return reasons.length === 0;
    })
    .map((batch) => ({ batch, now: { ...batch, priority: sources.get(batch.sourceId)?.priority ?? batch.priority } }))
    .sort((one, other) => dispatchOrder(one.now, other.now))
    .map(({ batch }) => batch);
}

/** The first of its providers that has room and that the budget can pay for. Looks at the counters first, so that a batch without a slot takes no claims. */
async function dispatchInto(deps: Deals, batch: Batch, freeBytes: number): Promise<Dispatched> {
  const counters = await deps.standing.counters();
  const ways = elsewhereFirst(batch)
    .filter((name) => name in deps.caps.providers && !PULLING.includes(name))
    .map((provider) => ({ provider, caps: capsFor(deps.caps, batch, provider, freeBytes) }))
    .map((way) => ({ ...way, full: fullCap(way.caps, counters, batch.bytes) }));
  if (ways.length === 0) return { outcome: 'waiting', by: ['claim'] };
  let refused: Dispatched = { outcome: 'refused', by: ways[0]?.full ?? 'unknown' };
  for (const { provider, caps } of ways.filter(({ full }) => full === undefined)) {
    const room = deps.room.get(provider) ?? 0;
    const before = room === 0 ? undefined : await refusedBefore(deps, batch, provider);
    if (before === undefined && (room === 0 || deps.tries === 0)) {
      refused = { outcome: 'refused', by: `pace/${provider}` };
      continue;
    }
    const tried = before ?? (await dispatchAt(deps, batch, provider, caps));
    if (tried.outcome === 'dispatched') deps.room.set(provider, room - 1);
    if (tried.outcome !== 'refused' || tried.over === undefined) return tried;
    refused = tried;
  }
  return refused;
}

/** Its providers in their order; those at which an attempt failed for a cause that another may not have come last. */
function elsewhereFirst({ providers, attempts }: Batch): readonly string[] {
  const failed = new Set(attempts.filter(({ cause }) => causeKind(cause).next === 'elsewhere').map(({ provider }) => provider));
  return providers.toSorted((one, other) => Number(failed.has(one)) - Number(failed.has(other)));
}

/** What it needs is known from an earlier beat, and the money for that is still not there. */
async function refusedBefore(deps: Deals, batch: Batch, provider: string): Promise<Dispatched | undefined> {
  if (batch.needs === undefined || !isKnownNeed(batch, provider, deps.now())) return undefined;
  const over = overBudget(await deps.standing.committed(), batch.needs.dollars, deps.budget);
  return over && { outcome: 'refused', by: over.scope, over };
}

async function dispatchAt(deps: Deals, batch: Batch, provider: string, caps: readonly Cap[]): Promise<Dispatched> {
  deps.tries -= 1;
  try {
    return await dispatchBatch(deps, batch, provider, caps);
  } catch (error) {
    if (!(error instanceof PlanUnreadableError)) throw error;
    await raiseAttention(deps, batch.sourceId, { code: 'plan-missing', detail: error.message, step: 'run-tick' });
    return { outcome: 'waiting', by: ['plan-missing'] };
  } finally {
    deps.standing.forget();
  }
}
