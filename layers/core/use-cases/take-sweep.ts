import { FINAL_JOB_STATUSES, type Worker } from '../entities';
import { earlyJobIdOf, isEarlyJob, jobIdOf } from '../ids';
import { nextStatus } from '../lifecycle/table';
import { changeWorker } from './change-status';
import type { Deps } from './deps';
import { neededWorker } from './needed';
import { verifyTimeoutSeconds } from './wait-times';

export type SweepDeps = Pick<Deps, 'stores' | 'now'>;
/** One sweep: the worker, its number, its verify job. */
export interface SweepId {
  readonly workerId: string;
  readonly sweep: number;
  readonly jobId: string;
  /** Its worker still works: `sweep` is the number of the look, and no lease is held. */
  readonly early?: boolean | undefined;
}
export interface Sweep extends SweepId {
  readonly early: boolean;
  readonly verifyTimeoutSeconds: number;
}
/** The lease outlives the verification by this much: time to settle it. */
const LEASE_MARGIN_SECONDS = 900;
/** Workers looked at for due ones: those that back off must not hide the ones behind them. */
const LOOK_AT = 200;

/**
 * Takes the lease on a worker for one execution, by raising its sweep number; undefined where another sweep holds it, nothing is due, or an early
 * sweep is not over: that one's end kicks the next, or the schedule does, and its deadline bounds the wait.
 * Safe to repeat: the execution that holds the lease gets the same sweep again.
 */
export async function takeSweep(deps: SweepDeps, workerId: string, holder: string): Promise<Sweep | undefined> {
  const worker = await neededWorker(deps, workerId);
  const seconds = verifyTimeoutSeconds(worker.reservedBytes);
  // What lies on the worker is pulled and verified, what lies at home only verified.
  const jobs = await deps.stores.jobs.ofWorker(workerId);
  const kind = jobs.find((job) => job.kind === 'run')?.documentKey === undefined ? 'verify' : 'sweep';
  const sweepOf = ({ sweep }: Worker): Sweep => ({
    workerId,
    sweep,
    jobId: jobIdOf(workerId, `${kind}-${sweep}`),
    early: false,
    verifyTimeoutSeconds: seconds,
  });
  const isOurs = (standing: Worker): boolean => standing.status === 'sweeping' && standing.sweepHolder === holder;
  if (isOurs(worker)) return sweepOf(worker);
  // These records were read after the worker was made ready, and an early sweep looks at the worker after its record is made: no two pull into one place at home. Where one still
  // writes whose record was ended for it, that is no harm: only a run that is whole by ENA's md5 is published, by a rename that replaces nothing, and the other then finds it there.
  if (jobs.some((job) => isEarlyJob(job) && !FINAL_JOB_STATUSES.includes(job.status))) return undefined;
  const sweepLeaseUntil = new Date(deps.now().getTime() + (seconds + LEASE_MARGIN_SECONDS) * 1000).toISOString();
  // The status stays *sweeping* where a lease has run out: of two who take it at once the number lets one win.
  const changed = await changeWorker(deps, workerId, 'sweep', {
    actor: 'select-sweeps',
    where: { sweep: worker.sweep },
    set: { sweepLeaseUntil, sweepHolder: holder },
  });
  // Refused by its own write, whose answer was lost: nobody else would care for this lease until it runs out.
  return changed.item !== undefined && isOurs(changed.item) ? sweepOf(changed.item) : undefined;
}

/** An early sweep of a worker that still works; undefined where it does no more. Takes nothing, so it is safe to repeat. */
export async function takeEarly(deps: SweepDeps, workerId: string, early: number): Promise<Sweep | undefined> {
  const { status, reservedBytes } = await neededWorker(deps, workerId);
  const sweep = { workerId, sweep: early, jobId: earlyJobIdOf(workerId, early), early: true };
  return status === 'live' ? { ...sweep, verifyTimeoutSeconds: verifyTimeoutSeconds(reservedBytes) } : undefined;
}

/** Workers whose sweep is due: to be swept, back-off over, nobody else holds the lease. */
export async function dueSweeps(deps: SweepDeps, holder: string): Promise<readonly Worker[]> {
  const [ready, sweeping] = await Promise.all([
    deps.stores.workers.withStatus('ready', LOOK_AT),
    deps.stores.workers.withStatus('sweeping', LOOK_AT),
  ]);
  const isDue = (worker: Worker): boolean =>
    worker.sweepHolder === holder || nextStatus('worker', worker.status, 'sweep', { item: worker, now: deps.now() }).outcome === 'allowed';
  return [...ready, ...sweeping].filter(isDue);
}
