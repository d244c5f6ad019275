import { HeapOfLoads } from './heap-of-loads';

export interface Sized {
  readonly accession: string;
  readonly bytes: number;
}
export interface PlanCaps {
  readonly maxRuns: number;
  readonly maxBytes: number;
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
}

/**
 * Groups runs so that workers end at about the same time: the largest run first, always into the emptiest batch that has room
 * (a greedy rule that is at most a third worse than the best there is). A run larger than `maxBytes` gets a batch of its own.
 * Pure; the same runs in any order give the same batches, largest first. No batch is empty and none is beyond the caps.
 */
export function planBatches<R extends Sized>(runs: readonly R[], caps: PlanCaps): readonly PlannedBatch<R>[] {
  const sorted = [...runs].sort((one, other) => other.bytes - one.bytes || compareText(one.accession, other.accession));
  const oversized = sorted.filter(({ bytes }) => bytes > caps.maxBytes);
  const rest = sorted.slice(oversized.length);
  const bins: R[][] = oversized.map((run) => [run]);
  const loads = oversized.map(({ bytes }) => bytes);
  const open = new HeapOfLoads();
  const add = (run: R, bin: number): void => {
    const members = (bins[bin] ??= []);
    members.push(run);
    const load = (loads[bin] ?? 0) + run.bytes;
    loads[bin] = load;
    if (members.length < caps.maxRuns) open.push({ load, bin });
  };
  const wanted = batchesWanted(rest, caps);
  for (const [at, run] of rest.entries()) {
    // The first runs open the batches; after them the emptiest has room, or none has.
    const emptiest = at < wanted ? undefined : open.peek();
    if (emptiest === undefined || emptiest.load + run.bytes > caps.maxBytes) add(run, bins.length);
    else add(run, (open.pop() ?? emptiest).bin);
  }
  const batches = bins.map((bin, at) => ({ runs: bin.sort(byAccession), bytes: loads[at] ?? 0 }));
  return batches.sort((one, other) => other.bytes - one.bytes || byAccession(one.runs[0], other.runs[0]));
}

function batchesWanted(runs: readonly Sized[], { maxRuns, maxBytes, workers, minBytes }: PlanCaps): number {
  const total = runs.reduce((sum, { bytes }) => sum + bytes, 0);
  const needed = Math.max(Math.ceil(total / maxBytes), Math.ceil(runs.length / maxRuns));
  const rounded = Math.ceil(needed / workers) * workers;
  const worthwhile = Math.floor(total / Math.max(1, minBytes));
  return Math.min(runs.length, Math.max(needed, Math.min(rounded, worthwhile)));
}

/** The largest load when the batches go, in plan order, each to the worker that is free first, over the best that could be: 1 is perfect. */
export function makespanRatio(batchBytes: readonly number[], workers: number, largestRunBytes: number): number {
  const total = batchBytes.reduce((sum, bytes) => sum + bytes, 0);
  const best = Math.max(total / workers, largestRunBytes);
  if (best === 0) return 1;
  const heap = new HeapOfLoads();
  for (let bin = 0; bin < workers; bin += 1) heap.push({ load: 0, bin });
  let makespan = 0;
  for (const bytes of batchBytes) {
    const first = heap.pop() ?? { load: 0, bin: 0 };
    heap.push({ load: first.load + bytes, bin: first.bin });
    makespan = Math.max(makespan, first.load + bytes);
  }
  return makespan / best;
}

const compareText = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
const byAccession = (one: Sized | undefined, other: Sized | undefined): number => compareText(one?.accession ?? '', other?.accession ?? '');
