import type { Batch, Pool, Source } from '../entities';
import type { CapCounter } from '../records';
import { SITE_PROVIDER } from '../sites/site';
import { isServed } from '../sources/priority';
import { TASKS_SCOPE } from './counted-in';

export interface Caps {
  /** Live workers in all. */
  readonly total: number;
  readonly pools: Readonly<Record<Pool, number>>;
  readonly providers: Readonly<Record<string, number>>;
  /** Of one source, so that a large one leaves places to the others; absent: as many as there are. */
  readonly perSource?: number | undefined;
  /** Bytes at home that are never planned away. */
  readonly homeFreeBytesMin: number;
  /** Bytes that come to lie at home for each byte planned. */
  readonly homeFactor: number;
  readonly cyclesAtOnce: number;
  /** Tasks of stages that may wait or run in Slurm at once: of one worker, and of all (absent: as many as they have). Absent: there are none. */
  readonly tasks?: { readonly queueSize: number; readonly atOnce?: number | undefined } | undefined;
}

/** Why a planned batch is not dispatched now. Each clears by itself, except *attention*, *paused* and *priority*, which a person clears. */
export const WAITING_REASONS = [
  'not-planned',
  'source-missing',
  'plan-not-committed',
  'paused',
  'priority',
  'attention',
  'approval',
  'backing-off',
  'attempts-used-up',
  'cancel-requested',
  'parents',
  'no-provider',
] as const;
export type WaitingReason = (typeof WAITING_REASONS)[number];

/** Those that are no waiting for a place: somebody means them, or they are over in a moment. */
const FOR_PERSON: readonly WaitingReason[] = [
  'not-planned',
  'source-missing',
  'plan-not-committed',
  'paused',
  'priority',
  'attention',
  'approval',
  'parents',
];
export const isForPerson = (reason: WaitingReason): boolean => FOR_PERSON.includes(reason);

const rules: readonly (readonly [WaitingReason, (batch: Batch, source: Source, now: string) => boolean])[] = [
  ['not-planned', (batch) => batch.status !== 'planned'],
  // The pointer moves in the write that stores the plan: a batch beyond it belongs to a cycle that died, or is still planning.
  ['plan-not-committed', (batch, source) => batch.cycle > source.listingCycle],
  ['paused', (_, source) => source.paused],
  ['priority', (_, source) => !isServed(source.priority)],
  ['attention', (_, source) => source.needsAttention !== undefined],
  ['approval', (batch, source) => source.approval === 'waiting' && batch.cycle === source.listingCycle],
  ['backing-off', (batch, _, now) => batch.notBefore !== undefined && batch.notBefore > now],
  ['attempts-used-up', (batch) => batch.attempt >= batch.attemptLimit],
  ['cancel-requested', (batch) => batch.cancelRequested],
];

/** Providers whose workers ask for their batch themselves: nothing is dispatched to them. */
export const PULLING: readonly string[] = [SITE_PROVIDER];

/** Every reason for which this batch waits; none: it may be dispatched where there is a slot. `hasOpenParents`: see `waitsForParents`. Pure. */
export const waitingReasons = (
  batch: Batch,
  source: Source | undefined,
  now: Date,
  providers: readonly string[],
  hasOpenParents = false,
): readonly WaitingReason[] => {
  if (source === undefined) return ['source-missing'];
  const found = rules.filter(([, applies]) => applies(batch, source, now.toISOString())).map(([reason]) => reason);
  if (hasOpenParents) found.push('parents');
  return batch.providers.some((name) => providers.includes(name)) ? found : [...found, 'no-provider'];
};

/** Higher priority first; then what finishes before it starts anew: retries, then the older plan, whole, in its own order. */
export const dispatchOrder = (one: Batch, other: Batch): number =>
  other.priority - one.priority ||
  Number(other.attempt > 0) - Number(one.attempt > 0) ||
  one.createdAt.localeCompare(other.createdAt) ||
  one.sourceId.localeCompare(other.sourceId) ||
  one.index - other.index;

export interface Cap {
  readonly scope: string;
  readonly maxWorkers: number;
  readonly maxBytes?: number;
  /** What one more worker counts for; absent: one. */
  readonly each?: number;
}
/** The caps that one more worker in this pool at this provider must stay within; `home` counts bytes only, `tasks` the places that it reserves for them. */
export const capsFor = (
  caps: Caps,
  { pool, sourceId, hasTasks }: Pick<Batch, 'pool' | 'sourceId' | 'hasTasks'>,
  provider: string,
  homeFreeBytes: number,
): readonly Cap[] => [
  { scope: 'total', maxWorkers: caps.total },
  { scope: `pool/${pool}`, maxWorkers: caps.pools[pool] },
  ...(caps.perSource === undefined ? [] : [{ scope: `source/${sourceId}`, maxWorkers: caps.perSource }]),
  { scope: `provider/${provider}`, maxWorkers: caps.providers[provider] ?? 0 },
  // Counted without a cap too, so that one that is set later knows of them.
  ...(hasTasks !== true || caps.tasks === undefined
    ? []
    : [{ scope: TASKS_SCOPE, maxWorkers: caps.tasks.atOnce ?? Number.MAX_SAFE_INTEGER, each: caps.tasks.queueSize }]),
  {
    scope: 'home',
    maxWorkers: Number.MAX_SAFE_INTEGER,
    maxBytes: Math.max(0, Math.floor((homeFreeBytes - caps.homeFreeBytesMin) / caps.homeFactor)),
  },
];

/** The first cap that has no room for one more worker with these bytes. The transaction decides; this saves asking it in vain. */
export const fullCap = (caps: readonly Cap[], counters: readonly CapCounter[], bytes: number): string | undefined =>
  caps.find(({ scope, maxWorkers, maxBytes, each = 1 }) => {
    const used = counters.find((counter) => counter.scope === scope);
    return (used?.workers ?? 0) + each > maxWorkers || (maxBytes !== undefined && (used?.bytes ?? 0) + bytes > maxBytes);
  })?.scope;
