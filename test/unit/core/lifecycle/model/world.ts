/** A small installation as the model knows it: the table's items, what stands outside, and what is on its way between the two. */
import type { Batch, Job, Source, Worker } from '../../../../../layers/core/entities';
import type { Tables } from '../../../../../layers/core/lifecycle/table';

/** What a machine at the provider has of a run: whole, or something that is not what the archive has. */
export type Content = 'good' | 'bad';
export interface Machine {
  readonly workerId: string;
  readonly batchId: string;
  readonly attempt: number;
  /** Before that it is asked for, and shown by no list. */
  readonly bornAt: number;
  /** What nobody has judged yet. */
  readonly results: Map<string, Content>;
  works: boolean;
}
/** A callback on its way; it may come twice, late, or after a newer one. */
export interface Message {
  readonly workerId: string;
  readonly kind: 'started' | 'finished' | 'failed';
}
/** A verification under way at home, with what the sweep brought. */
export interface Verification {
  readonly workerId: string;
  readonly sweep: number;
  readonly brought: ReadonlyMap<string, Content>;
}
/** Safeguards that are no row of the table; a test may take one out. */
export const SAFEGUARDS = [
  'claims',
  'caps',
  'budget',
  'look-first',
  'attempt-matches',
  'archive-md5',
  'slot-until-gone',
  'attention-blocks',
] as const;
export type Safeguard = (typeof SAFEGUARDS)[number];

export interface World {
  readonly tables: Tables;
  readonly without: ReadonlySet<Safeguard>;
  now: number;
  readonly sources: Map<string, Source>;
  /** Runs that the archive shows of a source. */
  readonly listed: Map<string, readonly string[]>;
  readonly batches: Map<string, Batch>;
  readonly plans: Map<string, readonly string[]>;
  readonly workers: Map<string, Worker>;
  /** Runs that an attempt fetches. */
  readonly manifests: Map<string, readonly string[]>;
  readonly jobs: Map<string, Job>;
  readonly claims: Map<string, string>;
  /** By worker: what its newest verification said of its runs. */
  readonly verdicts: Map<string, ReadonlySet<string>>;
  readonly machines: Machine[];
  readonly home: Map<string, Content>;
  readonly messages: Message[];
  readonly verifications: Verification[];
  /** How often the archive has changed a file. */
  changes: number;
  /** Counters that move with the worker they count; what is spent counts within a month. */
  slotsTaken: number;
  dollarsReserved: number;
  dollarsSpent: number;
  /** Answered beats since a worker had nothing more to do, by worker (I4). */
  readonly idleBeats: Map<string, number>;
  readonly taken: Map<string, number>;
  readonly refused: Map<string, number>;
  /** The changes that were made, the newest last: the story of a violation. */
  readonly story: string[];
  /** The first thing that must not be. */
  violation: string | undefined;
}

export const CAP = 4;
export const BUDGET_DOLLARS = 60;
/** Reserved for a worker until it is gone: price by (deadline and margin), and what leaves it. */
export const RESERVED_DOLLARS = 10;
const RUNS: readonly (readonly [string, readonly string[]])[] = [
  ['taxon:1', ['r0', 'r1', 'r2', 'r3', 'r4', 'r5']],
  ['taxon:2', ['r2', 'r3', 'r6', 'r7']],
  ['study:PRJEB1', ['r4', 'r5', 'r6', 'r8']],
  ['study:PRJEB2', ['r7', 'r8', 'r9']],
];

const sourceOf = (sourceId: string): Source =>
  ({ sourceId, phase: 'idle', approval: 'none', cycle: 0, listingCycle: 0, version: 0, lastRunStatus: 'new' }) as Source;

export const newWorld = (tables: Tables, without: ReadonlySet<Safeguard> = new Set()): World => ({
  tables,
  without,
  now: 0,
  sources: new Map(RUNS.map(([id]) => [id, sourceOf(id)])),
  listed: new Map(RUNS),
  batches: new Map(),
  plans: new Map(),
  workers: new Map(),
  manifests: new Map(),
  jobs: new Map(),
  claims: new Map(),
  verdicts: new Map(),
  machines: [],
  home: new Map(),
  messages: [],
  verifications: [],
  changes: 0,
  slotsTaken: 0,
  dollarsReserved: 0,
  dollarsSpent: 0,
  idleBeats: new Map(),
  taken: new Map(),
  refused: new Map(),
  story: [],
  violation: undefined,
});

const START = Date.parse('2026-01-01T00:00:00.000Z');
export const dateOf = (seconds: number): Date => new Date(START + seconds * 1000);
export const timeOf = (seconds: number): string => dateOf(seconds).toISOString();
export const has = (world: World, safeguard: Safeguard): boolean => !world.without.has(safeguard);
export const isAlive = ({ status }: Worker): boolean => status !== 'gone';
export const inMotion = ({ status }: Batch): boolean => status === 'dispatched' || status === 'running' || status === 'sweeping';
export const isOpen = (job: Job | undefined): boolean => job?.status === 'requested' || job?.status === 'started';
/** Results of a study's stage can be made again by anybody in this world, those of a taxon's cannot. */
export const isReproducible = ({ sourceId }: Pick<Batch, 'sourceId'>): boolean => sourceId.startsWith('study');
export const machinesOf = (world: World, workerId: string): readonly Machine[] =>
  world.machines.filter((machine) => machine.workerId === workerId);
export const born = (world: World, machine: Machine): boolean => machine.bornAt <= world.now;

export function violate(world: World, words: string): void {
  world.violation ??= words;
}
/** What is over is put away, so that a look at everything stays short. */
export function forgetFinal(world: World): void {
  const known = new Set<string>();
  for (const [id, worker] of world.workers) {
    const isOver = !isAlive(worker) && machinesOf(world, id).length === 0 && !inMotion(world.batches.get(worker.batchId) ?? NOT_THERE);
    if (!isOver) {
      known.add(worker.batchId);
      continue;
    }
    for (const items of [world.workers, world.jobs, world.manifests, world.verdicts, world.idleBeats]) items.delete(id);
  }
  for (const [id, batch] of world.batches) {
    if (batch.status === 'planned' || inMotion(batch) || known.has(id)) continue;
    world.batches.delete(id);
    world.plans.delete(id);
  }
}
const NOT_THERE = { status: 'complete' } as Batch;
