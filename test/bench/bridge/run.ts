import { chunksOf } from '../../../layers/core/use-cases/chunks';
import { PROBE_SETTINGS } from '../../../layers/core/use-cases/probe-jobs';
import type { StatusAnswer } from '../../../layers/core/wire';
import { openPlace, type Place, type Tally } from './place';

interface AskedJob {
  readonly jobId: string;
  readonly key: string;
}
interface Measured extends Tally {
  readonly seconds: number;
}
/** A tick of the heartbeat may log in so often for a thousand jobs, and ask Slurm so often: squeue and sacct once a question. */
const MOST_LOGINS = 4;

/** Asks about all of these, so many at once. @throws Error where one is not told to run */
async function ask({ gate, take }: Place, jobs: readonly AskedJob[], atOnce: number): Promise<Measured> {
  const startedAt = performance.now();
  for (const some of chunksOf(jobs, atOnce)) {
    const asked = await gate.status(some);
    if (asked.outcome === 'unknown') throw new Error(asked.detail);
    const told: StatusAnswer['jobs'] = asked.answer.jobs;
    if (told.length !== some.length || told.some(({ slurm }) => slurm?.state !== 'RUNNING')) throw new Error('a job was not told to run');
  }
  return { ...take(), seconds: (performance.now() - startedAt) / 1_000 };
}

const scaled = (measured: Measured, factor: number): Measured => ({
  logins: measured.logins * factor,
  bytesThere: measured.bytesThere * factor,
  bytesBack: measured.bytesBack * factor,
  slurmCalls: measured.slurmCalls * factor,
  seconds: measured.seconds * factor,
});

const lineOf = (name: string, { logins, slurmCalls, bytesThere, bytesBack, seconds }: Measured): string =>
  [name.padEnd(28), logins, slurmCalls, bytesThere, bytesBack, seconds.toFixed(1)].map((cell) => String(cell).padStart(12)).join('');

/** What tracking so many jobs costs the bridge, beside one call a job (measured on a sample, since each is like the other). @returns exit code */
export async function runBridge(count: number, sample: number, json: boolean): Promise<number> {
  const jobs = Array.from({ length: count }, (_, at) => `study-PRJEB1.1.${at + 1}.a1.fetch`).map((jobId) => ({
    jobId,
    key: `trawl.${jobId}`,
  }));
  const place = await openPlace(jobs.map(({ key }) => key));
  try {
    const together = await ask(place, jobs, PROBE_SETTINGS.jobsPerQuestion);
    const taken = jobs.slice(0, Math.min(sample, count));
    const oneEach = scaled(await ask(place, taken, 1), count / taken.length);
    if (json) process.stdout.write(`${JSON.stringify({ jobs: count, sample: taken.length, together, oneEach })}\n`);
    else {
      const head = ['', 'logins', 'Slurm calls', 'bytes there', 'bytes back', 'seconds'].map((cell) => cell.padStart(12)).join('');
      const lines = [`${' '.repeat(16)}${head}`, lineOf('Trawl', together), lineOf('one call a job', oneEach)];
      process.stdout.write(`${count} jobs that run, asked about once\n${lines.join('\n')}\n`);
    }
    return together.logins <= MOST_LOGINS && together.slurmCalls <= 2 * MOST_LOGINS ? 0 : 1;
  } finally {
    await place.close();
  }
}
