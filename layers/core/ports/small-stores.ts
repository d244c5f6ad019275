/** Ports of the stores that hold one small kind of thing each; see `Stores`. */
import type { Keep, ReapReport } from '../reaping/records';
import type { Operation, OperationStatus } from '../operation';
import type { WorkflowVersion } from '../workflows/records';
import type { ApiToken, Breaker, HomeSpace, LearnedPace, Wait } from '../records';
import type { Change, Page, Written } from './change';
import type { Site } from '../sites/site';
import type { IssuedToken } from '../tokens/token';

export interface TokenStore {
  /** What the token with this hash opens. */
  get(tokenHash: string): Promise<ApiToken | undefined>;
  put(token: ApiToken): Promise<void>;
  /** From then on nobody has it. Safe to repeat. */
  remove(tokenHash: string): Promise<void>;
  /** Also one that was revoked. */
  named(name: string): Promise<IssuedToken | undefined>;
  /** By name, with those that were revoked. */
  list(): Promise<readonly IssuedToken[]>;
  /**
   * In one transaction, where `before` still stands under the name (undefined: where nothing does): `next` stands there, its token opens unless it is revoked, and that
   * of `before` does no more.
   * @returns whether it did
   */
  issue(next: IssuedToken, before: IssuedToken | undefined): Promise<boolean>;
}

/** Sites that pull work. */
export interface SiteStore {
  get(name: string): Promise<Site | undefined>;
  /** By name. */
  list(): Promise<readonly Site[]>;
  /** Where no site of this name stands, or one that is revoked. @returns whether it was */
  add(site: Site): Promise<boolean>;
  /** Fields of a site that stands. @returns whether one does */
  note(name: string, set: Partial<Omit<Site, 'name'>>): Promise<boolean>;
}

export interface LeaseStore {
  /** True when the lease was free, expired at `now`, or held by `holder` already. */
  take(name: string, holder: string, now: string, until: string): Promise<boolean>;
  release(name: string, holder: string): Promise<void>;
}

export interface PaceStore {
  get(key: Pick<LearnedPace, 'provider' | 'stage' | 'revision'>): Promise<LearnedPace | undefined>;
  list(): Promise<readonly LearnedPace[]>;
  /** Writes where version − 1 stands (version 1: where nothing does) and remembers the worker; *known*: it was learned from before. */
  learn(next: LearnedPace, workerId: string): Promise<'written' | 'known' | 'conflict'>;
}

export interface WorkflowStore {
  get(name: string, version: number): Promise<WorkflowVersion | undefined>;
  newest(name: string): Promise<WorkflowVersion | undefined>;
  /** By name, then by version. */
  list(): Promise<readonly WorkflowVersion[]>;
  /** Only where no such version stands: a version never changes. */
  add(version: WorkflowVersion): Promise<'added' | 'conflict'>;
}

export interface BreakerStore {
  list(): Promise<readonly Breaker[]>;
  get(provider: string, place: string): Promise<Breaker | undefined>;
  /** Writes where version − 1 stands (version 1: where nothing does). */
  put(next: Breaker): Promise<'written' | 'conflict'>;
}

export interface HomeStore {
  get(): Promise<HomeSpace | undefined>;
  put(space: HomeSpace): Promise<void>;
}

/** What the reaper found last, and what persons want left alone. */
export interface ReapStore {
  report(): Promise<ReapReport | undefined>;
  putReport(report: ReapReport): Promise<void>;
  /** By name. */
  keeps(): Promise<readonly Keep[]>;
  /** The newest word about a name stands. */
  keep(keep: Keep): Promise<void>;
  /** @returns whether it was kept */
  unkeep(name: string): Promise<boolean>;
}

export interface WaitStore {
  /** Stores the token (the newest wins, an earlier answer is forgotten) and returns the whole item after the write. */
  arrive(waitId: string, token: string): Promise<Wait>;
  /** Stores the fact unless there is one and returns the whole item after the write. */
  settle(waitId: string, fact: Readonly<Record<string, unknown>>): Promise<Wait>;
  get(waitId: string): Promise<Wait | undefined>;
  markAnswered(waitId: string, at: string): Promise<void>;
}

/** What goes on in the background. Without history: an operation is its own record, kept for good. */
export interface OperationStore {
  get(operationId: string): Promise<Operation | undefined>;
  /** Only where no such operation stands. */
  add(operation: Operation): Promise<Written<Operation>>;
  change(operationId: string, change: Omit<Change<Operation, OperationStatus>, 'event'>): Promise<Written<Operation>>;
  /** Newest first. */
  list(options?: { readonly limit?: number; readonly cursor?: string }): Promise<Page<Operation>>;
  /** Oldest first; eventually consistent. */
  running(limit: number): Promise<readonly Operation[]>;
}
