import { HeapOfLoads } from './heap-of-loads';
import type { Pace } from './pace';

export interface Sized {
  readonly accession: string;
  readonly bytes: number;
}
export interface PlanCaps {
  readonly maxRuns: number;
  readonly maxBytes: number;
  /** Longest time of a batch by this pace; then batches are balanced by time. Without it they are by bytes. */
  readonly time?: { readonly maxSeconds: number; readonly pace: Pace };
  /** Workers that may run side by side; the number of batches is rounded up to a multiple of it, so that none idles at the end. */
  readonly workers: number;
  /** No more batches are made than leave this many bytes to each, unless the other caps need them: a worker costs minutes to start. */
  readonly minBytes: number;
}
/** Batches are made no smaller than this for the sake of balance alone. */
export const MIN_BATCH_BYTES = 500_000_000;

export interface PlannedBatch<R extends Sized> {
  /** Sorted by accession. */
  readonly runs: readonly R[];
  readonly bytes: number;
  /** What batches are balanced by: its seconds by the pace, without one its bytes. */
  readonly load: number;
}

interface Bin<R> {
  readonly runs: R[];
  bytes: number;
  load: number;
}
/** What one run adds to a load, and how much of it a batch may hold. */
interface Weighing {
  readonly fixed: number;
  readonly max: number;
  readonly weightOf: (bytes: number) => number;
}

function weighing({ time, maxBytes }: PlanCaps): Weighing {
  if (time === undefined) return { fixed: 0, max: maxBytes, weightOf: (bytes) => bytes };
  const { secondsPerBatch, secondsPerRun, secondsPerByte } = time.pace;
  return {
    fixed: secondsPerBatch,
    max: time.maxSeconds - secondsPerBatch,
    weightOf: (bytes) => secondsPerRun + secondsPerByte * bytes,
  };
}

/**
 * Groups runs so that workers end at about the same time: the largest run first, always into the emptiest batch that has room
 * (a greedy rule that is at most a third worse than the best there is). A run that is beyond a cap by itself gets a batch of its own.
 * Pure; the same runs in any order give the same batches, largest first. No batch is empty, none is beyond the caps, and there are at
 * most twice as many as workers or any one cap asks for.
 */
export function planBatches<R extends Sized>(runs: readonly R[], caps: PlanCaps): readonly PlannedBatch<R>[] {
  const sorted = [...runs].sort((one, other) => other.bytes - one.bytes || compareText(one.accession, other.accession));
  const weights = weighing(caps);
  const bins = new Bins<R>(caps, weights);
  const oversized = sorted.filter(({ bytes }) => bytes > caps.maxBytes || weights.weightOf(bytes) > weights.max);
  const rest = sorted.slice(oversized.length);
  const wanted = oversized.length + batchesWanted(rest, caps, weights);
  for (const [at, run] of sorted.entries()) {
    // The first runs open the batches; after them the emptiest has room, or none has.
    bins.put(run, at < wanted ? undefined : bins.withRoomFor(run));
  }
  return bins.all
    .map(({ runs: members, bytes, load }) => ({ runs: members.sort(byAccession), bytes, load: weights.fixed + load }))
    .sort((one, other) => other.load - one.load || other.bytes - one.bytes || byAccession(one.runs[0], other.runs[0]));
}

/** The batches while they fill. Runs come largest first, so a batch that has no room in bytes is looked at again for smaller ones. */
class Bins<R extends Sized> {
  readonly all: Bin<R>[] = [];
  /** By load; and, by bytes, those whose bytes left no room for a run that their load had room for. */
  private readonly byLoad = new HeapOfLoads();
  private readonly byBytes = new HeapOfLoads();

  constructor(
    private readonly caps: PlanCaps,
    private readonly weights: Weighing,
  ) {}

  put(run: R, into?: number): void {
    const at = into ?? this.all.length;
    const bin = (this.all[at] ??= { runs: [], bytes: 0, load: 0 });
    bin.runs.push(run);
    bin.bytes += run.bytes;
    bin.load += this.weights.weightOf(run.bytes);
    if (bin.runs.length < this.caps.maxRuns) this.byLoad.push({ load: bin.load, bin: at });
  }

  /** The emptiest batch that can take the run, taken out of its heap; undefined when none can. */
  withRoomFor({ bytes }: R): number | undefined {
    const weight = this.weights.weightOf(bytes);
    for (let top = this.byLoad.peek(); top !== undefined && top.load + weight <= this.weights.max; top = this.byLoad.peek()) {
      this.byLoad.pop();
      const held = this.all[top.bin]?.bytes ?? 0;
      if (held + bytes <= this.caps.maxBytes) return top.bin;
      this.byBytes.push({ load: held, bin: top.bin });
    }
    for (let top = this.byBytes.peek(); top !== undefined && top.load + bytes <= this.caps.maxBytes; top = this.byBytes.peek()) {
      this.byBytes.pop();
      if ((this.all[top.bin]?.load ?? 0) + weight <= this.weights.max) return top.bin;
    }
    return undefined;
  }
}

function batchesWanted(runs: readonly Sized[], { maxRuns, maxBytes, workers, minBytes }: PlanCaps, { max, weightOf }: Weighing): number {
  if (runs.length === 0) return 0;
  const total = runs.reduce((sum, { bytes }) => sum + bytes, 0);
  const load = runs.reduce((sum, { bytes }) => sum + weightOf(bytes), 0);
  const needed = Math.max(Math.ceil(total / maxBytes), Math.ceil(runs.length / maxRuns), max > 0 ? Math.ceil(load / max) : 0);
  const rounded = Math.ceil(needed / workers) * workers;
  const worthwhile = Math.floor(total / Math.max(1, minBytes));
  return Math.min(runs.length, Math.max(needed, Math.min(rounded, worthwhile)));
}

/** The largest load when the batches go, in plan order, each to the worker that is free first, over the best that could be: 1 is perfect. */
export function makespanRatio(loads: readonly number[], workers: number, largestRun: number): number {
  const total = loads.reduce((sum, load) => sum + load, 0);
  const best = Math.max(total / workers, largestRun);
  if (best === 0) return 1;
  const heap = new HeapOfLoads();
  for (let bin = 0; bin < workers; bin += 1) heap.push({ load: 0, bin });
  let makespan = 0;
  for (const load of loads) {
    const first = heap.pop() ?? { load: 0, bin: 0 };
    heap.push({ load: first.load + load, bin: first.bin });
    makespan = Math.max(makespan, first.load + load);
  }
  return makespan / best;
}

/** `makespanRatio` of a plan, by what its batches were balanced by. */
export function planRatio(planned: readonly PlannedBatch<Sized>[], runs: readonly Sized[], caps: PlanCaps): number {
  const { fixed, weightOf } = weighing(caps);
  const largest = runs.reduce((most, { bytes }) => Math.max(most, bytes), 0);
  const loads = planned.map(({ load }) => load);
  return makespanRatio(loads, caps.workers, runs.length === 0 ? 0 : fixed + weightOf(largest));
}

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
const byAccession = (one: Sized | undefined, other: Sized | undefined): number => compareText(one?.accession ?? '', other?.accession ?? '');
