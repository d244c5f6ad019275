import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ASSUMED_PACE } from '../../../layers/core/planning/pace';
import { makespanRatio, MIN_BATCH_BYTES, planBatches, planRatio, type Sized } from '../../../layers/core/planning/plan-batches';
import { readTsv } from '../../world/ena/tables';
import { CAPS, MAX_MINUTES, WORKERS } from './settings';

const FOLDERS = [join(__dirname, '../../world/ena/data'), join(__dirname, '../../fixtures/ena')];

export interface PlanQuality {
  readonly report: string;
  readonly runs: number;
  readonly batches: number;
  /** No plan within the caps, for workers that end together, needs fewer batches than half of this. */
  readonly batchLimit: number;
  readonly ratio: number;
  /** Runs dealt in listed order to as many batches, and cut in listed order into chunks of equal number. */
  readonly roundRobin: number;
  readonly equalChunks: number;
}

/** How evenly the workers of one plan end, for each recorded report, beside what earlier systems did. */
export const planQuality = (): readonly PlanQuality[] =>
  FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.tsv'))
      .map((name) => qualityOf(name, sizesOf(join(folder, name)))),
  ).filter(({ runs }) => runs >= WORKERS);

/** Recorded runs with their bytes; those of which nothing would be fetched are left out. */
function sizesOf(path: string): readonly Sized[] {
  const bytesOf = (row: Readonly<Record<string, string>>): number =>
    (row['fastq_bytes'] ?? '').split(';').reduce((sum, size) => sum + Number(size), 0);
  return readTsv(path)
    .map((row) => ({ accession: row['run_accession'] ?? '', bytes: bytesOf(row) }))
    .filter(({ bytes }) => bytes > 0);
}

function qualityOf(report: string, runs: readonly Sized[]): PlanQuality {
  const total = sumOf(runs);
  const largest = Math.max(...runs.map(({ bytes }) => bytes));
  const caps = { ...CAPS, time: { maxSeconds: 60 * MAX_MINUTES, pace: ASSUMED_PACE }, workers: WORKERS, minBytes: MIN_BATCH_BYTES };
  const plan = planBatches(runs, caps);
  const ratioOf = (bytes: readonly number[]): number => makespanRatio(bytes, WORKERS, largest);
  const dealt = Array.from({ length: WORKERS }, (_, worker) => sumOf(runs.filter((_run, at) => at % WORKERS === worker)));
  const length = Math.ceil(runs.length / WORKERS);
  const cut = Array.from({ length: WORKERS }, (_, worker) => sumOf(runs.slice(worker * length, (worker + 1) * length)));
  return {
    report,
    runs: runs.length,
    batches: plan.length,
    batchLimit: 2 * Math.max(WORKERS, Math.ceil(total / CAPS.maxBytes), Math.ceil(runs.length / CAPS.maxRuns)),
    ratio: planRatio(plan, runs, caps),
    roundRobin: ratioOf(dealt),
    equalChunks: ratioOf(cut),
  };
}

const sumOf = (runs: readonly Sized[]): number => runs.reduce((sum, { bytes }) => sum + bytes, 0);
