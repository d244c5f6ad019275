import type { Change, Written } from '../../core/ports/stores';
import type { Batch, Job, Source, Worker } from '../../core/entities';
import type { Operation } from '../../core/operation';
import type { Keep, ReapReport } from '../../core/reaping/records';
import type { WorkflowVersion } from '../../core/workflows/records';
import type {
  ApiToken,
  Breaker,
  CapCounter,
  Claim,
  HistoryEvent,
  HomeSpace,
  LearnedPace,
  Outcome,
  Spending,
  Wait,
} from '../../core/records';

import type { Site } from '../../core/sites/site';
import type { IssuedToken } from '../../core/tokens/token';
import { merged } from '../merge';

/** All that the memory stores share; one value per installation under test. */
export interface MemoryState {
  readonly sources: Map<string, Source>;
  readonly batches: Map<string, Batch>;
  readonly workers: Map<string, Worker>;
  /** Scopes that the worker was admitted under: the ones that its end frees. */
  readonly workerScopes: Map<string, readonly string[]>;
  readonly counters: Map<string, CapCounter>;
  readonly jobs: Map<string, Job>;
  readonly claims: Map<string, Claim>;
  readonly outcomes: Map<string, Outcome>;
  readonly events: HistoryEvent[];
  readonly waits: Map<string, Wait>;
  readonly tokens: Map<string, ApiToken>;
  readonly issued: Map<string, IssuedToken>;
  readonly leases: Map<string, { readonly holder: string; readonly until: string }>;
  readonly paces: Map<string, LearnedPace>;
  /** Workers whose attempts were learned from. */
  readonly paceSamples: Set<string>;
  readonly home: Map<string, HomeSpace>;
  readonly ledger: { reservedDollars: number; version: number };
  readonly spendings: Map<string, Spending>;
  readonly breakers: Map<string, Breaker>;
  readonly operations: Map<string, Operation>;
  readonly reapReports: Map<string, ReapReport>;
  readonly keeps: Map<string, Keep>;
  readonly sites: Map<string, Site>;
  readonly workflows: Map<string, WorkflowVersion>;
}

export const emptyState = (): MemoryState => ({
  sources: new Map(),
  batches: new Map(),
  workers: new Map(),
  workerScopes: new Map(),
  counters: new Map(),
  jobs: new Map(),
  claims: new Map(),
  outcomes: new Map(),
  events: [],
  waits: new Map(),
  tokens: new Map(),
  issued: new Map(),
  leases: new Map(),
  paces: new Map(),
  paceSamples: new Set(),
  home: new Map(),
  ledger: { reservedDollars: 0, version: 0 },
  spendings: new Map(),
  breakers: new Map(),
  operations: new Map(),
  reapReports: new Map(),
  keeps: new Map(),
  sites: new Map(),
  workflows: new Map(),
});

/** A copy that shares nothing with the store, without the attributes that are undefined: what a real table would give back. */
export const copy = <T>(value: T): T => copied(value) as T;
function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copied);
  const result: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(value)) if (each !== undefined) result[name] = copied(each);
  return result;
}
export const copyIfAny = <T>(value: T | undefined): T | undefined => (value === undefined ? undefined : copy(value));

export const written = <T>(item: T): Written<T> => ({ outcome: 'written', item: copy(item) });
export const conflict = <T>(item: T | undefined): Written<T> =>
  item === undefined ? { outcome: 'conflict' } : { outcome: 'conflict', item: copy(item) };

/** `undefined` in `where` asks for an absent attribute. */
export const holds = <T extends object>(item: T, where: Partial<T> | undefined): boolean =>
  Object.entries(where ?? {}).every(([name, value]) => JSON.stringify(item[name as keyof T]) === JSON.stringify(value));

/** `undefined` in `set` removes, as an explicit `remove` does. */
export const merge = <T extends object>(item: T, set: Partial<T>, remove: readonly (keyof T)[] = []): T => copy(merged(item, set, remove));

/** The one conditional write of a status: nothing happens unless the item stands in `from` and every equality of `where` holds. */
export const changeItem = <S, T extends { readonly status: S }>(
  state: MemoryState,
  items: Map<string, T>,
  id: string,
  change: Change<T, S>,
): Written<T> => {
  const item = items.get(id);
  if (item === undefined || item.status !== change.from || !holds(item, change.where)) return conflict(item);
  const next = merge(item, change.set, change.remove);
  items.set(id, next);
  state.events.push(copy(change.event));
  return written(next);
};
