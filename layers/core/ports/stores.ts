/**
 * What the use cases need of the table. Every method may be repeated: reads are strongly consistent unless said otherwise, writes are
 * conditional and say as data what happened. Nothing here throws for an expected outcome; a throw means "try the call again".
 */
import type { Batch, BatchStatus, Job, JobStatus, Source, Worker, WorkerStatus } from '../entities';
import type { Budget, Committed, OverBudget, Window } from '../money/budget';
import type { Charge } from '../money/charge';
import type { Change, Page, Written } from './change';
import type { CapCounter, Claim, HistoryEvent, Ledger, Outcome, Spending } from '../records';
import type {
  BreakerStore,
  HomeStore,
  LeaseStore,
  OperationStore,
  PaceStore,
  ReapStore,
  SiteStore,
  TokenStore,
  WaitStore,
  WorkflowStore,
} from './small-stores';

export type * from './change';
export type * from './small-stores';

export interface SourceStore {
  get(sourceId: string): Promise<Source | undefined>;
  /** Only where no such source stands. */
  add(source: Source, event: HistoryEvent): Promise<Written<Source>>;
  /** Guarded by `version`, which it raises by one. */
  change(before: Source, set: Partial<Source>, event: HistoryEvent, remove?: readonly (keyof Source)[]): Promise<Written<Source>>;
  list(options?: { readonly limit?: number; readonly cursor?: string }): Promise<Page<Source>>;
  /** Sources whose `nextCheckAt` has come or whose check was asked for, not paused, no attention, no cycle running; eventually consistent. */
  due(now: string, limit: number): Promise<readonly Source[]>;
  remove(source: Source): Promise<Written<Source>>;
}

export interface BatchStore {
  get(batchId: string): Promise<Batch | undefined>;
  /** Puts each that is not there yet; safe to repeat with the same batches. */
  addPlanned(batches: readonly Batch[]): Promise<void>;
  ofSource(sourceId: string, cycle?: number): Promise<readonly Batch[]>;
  /** By pool, then priority (higher first), then age; eventually consistent, so whoever acts writes conditionally. */
  withStatus(status: BatchStatus, limit: number): Promise<readonly Batch[]>;
  change(batchId: string, change: Change<Batch, BatchStatus>): Promise<Written<Batch>>;
}

/** What `admit` reserves: the caps are read by the caller and become conditions of the transaction. */
export interface Admission {
  readonly worker: Worker;
  readonly batch: Change<Batch, BatchStatus> & { readonly batchId: string };
  readonly caps: readonly { readonly scope: string; readonly maxWorkers: number; readonly maxBytes?: number }[];
  /** What the worker's `reservedDollars` must fit into now; absent: they are counted, and not bounded. */
  readonly money?: { readonly budget: Budget; readonly window: Window };
}
export type Admitted =
  | { readonly outcome: 'admitted' }
  | { readonly outcome: 'refused'; readonly by: string; readonly over?: OverBudget }
  | { readonly outcome: 'conflict' };

/** A living worker with the scopes that its admission counted it under. */
export interface CountedWorker {
  readonly worker: Worker;
  readonly scopes: readonly string[];
}

export interface WorkerStore {
  get(workerId: string): Promise<Worker | undefined>;
  /** Oldest first; eventually consistent, as `alive` is. */
  withStatus(status: WorkerStatus, limit: number): Promise<readonly Worker[]>;
  /** Every worker that is not gone. */
  alive(): Promise<readonly Worker[]>;
  /** A change of `reservedDollars` moves what is reserved in all with it, in the same transaction. */
  change(workerId: string, change: Change<Worker, WorkerStatus>): Promise<Written<Worker>>;
  /** Moves the end of a claim, for the site that holds it, while it holds and the worker is not gone. Without history. */
  lease(workerId: string, site: string, now: string, until: string): Promise<Written<Worker>>;
  /** One transaction: worker put if absent, batch change, counters and reserved dollars up where they stay within caps and budget (contract 4). */
  admit(admission: Admission): Promise<Admitted>;
  /**
   * One transaction: worker to *gone* from `from`, counters down, its reservation given back and what it cost booked. Repeating it conflicts and
   * changes nothing; so does a worker whose reservation or price is not what the charge was worked out from.
   */
  free(worker: Worker, from: WorkerStatus, event: HistoryEvent, charge: Charge): Promise<Written<Worker>>;
  counters(): Promise<readonly CapCounter[]>;
  /** As `alive`, with what each counts for. */
  counted(): Promise<readonly CountedWorker[]>;
  /** Sets a counter where it still stands as it was seen, with the event in one transaction. @returns whether it did */
  mendCounter(seen: CapCounter, to: CapCounter, event: HistoryEvent): Promise<boolean>;
}

/** What `admit`, `change` and `free` of workers have booked. */
export interface MoneyStore {
  /** At one moment: no worker is in it twice, or not at all. */
  committed(window: Window): Promise<Committed>;
  ledger(): Promise<Ledger>;
  /** Sets what is reserved where the ledger still has the version that was seen, which every worker that it counts moves with; the event in the same transaction. @returns whether it did */
  mendLedger(seen: Ledger, toDollars: number, event: HistoryEvent): Promise<boolean>;
  /** By key. `of`: `day`, `month`, `source` or `batch/<source>`. */
  spending(of: string): Promise<readonly Spending[]>;
}

export interface JobStore {
  get(jobId: string): Promise<Job | undefined>;
  /** Only where no such job stands; else `conflict` with the one there. */
  add(job: Job): Promise<Written<Job>>;
  /** Jobs that are neither finished, failed, lost nor cancelled; eventually consistent. */
  open(limit: number): Promise<readonly Job[]>;
  ofWorker(workerId: string): Promise<readonly Job[]>;
  change(jobId: string, change: Change<Job, JobStatus>): Promise<Written<Job>>;
  /** Fields that are no status (progress, lastHeardAt, slurmId, missingSince …), on a job that is not final. Without history. */
  note(jobId: string, set: Partial<Job>, remove?: readonly (keyof Job)[]): Promise<Written<Job>>;
  /** Raises `lastSeq` where `seq` is greater; `conflict` for a repeat. */
  raiseSeq(jobId: string, seq: number, heardAt: string): Promise<Written<Job>>;
  /** Sets the nonce where there is none or the same one; `conflict` when another spent the token. */
  spendEnrolment(jobId: string, enrolmentHash: string, nonce: string): Promise<Written<Job>>;
}

/** What came of one claim. `before`: the outcome that stands, which of *claimed* is an earlier failure. */
export type ClaimAnswer = { readonly fetchKey: string } & (
  | { readonly outcome: 'claimed'; readonly before?: Outcome }
  | { readonly outcome: 'held'; readonly holder: string }
  | { readonly outcome: 'complete'; readonly before: Outcome }
);

export interface ClaimStore {
  get(fetchKeys: readonly string[]): Promise<ReadonlyMap<string, Claim>>;
  /** Puts where nobody holds it and it is not complete, judged in the write itself; holding it already counts as written. At most 100 a call. */
  claim(claims: readonly Claim[]): Promise<readonly ClaimAnswer[]>;
  /** Adds a waiting source to a claim; `false` when the claim is gone, so that the outcome must be looked at again. */
  addWaiter(fetchKey: string, sourceId: string): Promise<boolean>;
  /** Removes claims of this holder; returns the waiters that were on them. Safe to repeat. */
  release(fetchKeys: readonly string[], holder: string): Promise<readonly string[]>;
}

/** What the table has of one fetch key, at one moment. */
export interface Known {
  readonly claim?: Claim;
  readonly outcome?: Outcome;
}

export interface OutcomeStore {
  /** `mayLag`: eventually consistent, at half the price. An outcome of a moment ago may be missing then, and one that was just forgotten be there. */
  get(fetchKeys: readonly string[], options?: { readonly mayLag?: boolean }): Promise<ReadonlyMap<string, Outcome>>;
  /** Both at the price of one. */
  known(fetchKeys: readonly string[]): Promise<ReadonlyMap<string, Known>>;
  /**
   * *complete* is never overwritten, and ends the claim of its own batch in the same write. Safe to repeat.
   * @returns the sources that waited on the claims that ended
   */
  put(outcomes: readonly Outcome[]): Promise<readonly string[]>;
  /** Forgets outcomes whose results are not at home any more: these runs are due again. Safe to repeat. */
  remove(fetchKeys: readonly string[]): Promise<void>;
}

export interface EventStore {
  append(event: HistoryEvent): Promise<void>;
  /** Newest first. */
  ofSource(sourceId: string, options?: { readonly limit?: number; readonly cursor?: string }): Promise<Page<HistoryEvent>>;
}

/** All stores, as one value that handlers pick from. */
export interface Stores {
  readonly sources: SourceStore;
  readonly batches: BatchStore;
  readonly workers: WorkerStore;
  readonly jobs: JobStore;
  readonly claims: ClaimStore;
  readonly outcomes: OutcomeStore;
  readonly events: EventStore;
  readonly waits: WaitStore;
  readonly tokens: TokenStore;
  readonly leases: LeaseStore;
  readonly paces: PaceStore;
  readonly home: HomeStore;
  readonly money: MoneyStore;
  readonly breakers: BreakerStore;
  readonly operations: OperationStore;
  readonly reaps: ReapStore;
  readonly sites: SiteStore;
  readonly workflows: WorkflowStore;
}
