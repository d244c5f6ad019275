import type { Worker } from '../entities';
import { jobIdOf } from '../ids';
import { nextStatus } from '../lifecycle/table';
import { changeWorker } from './change-status';
import type { Deps } from './deps';
import { neededWorker, runJobOf } from './needed';
import { verifyTimeoutSeconds } from './wait-times';

export type SweepDeps = Pick<Deps, 'stores' | 'now'>;
/** One sweep: the worker, its number, its verify job. */
export interface SweepId {
  readonly workerId: string;
  readonly sweep: number;
  readonly jobId: string;
}
export interface Sweep extends SweepId {
  readonly verifyTimeoutSeconds: number;
}
/** The lease outlives the verification by this much: time to settle it. */
const LEASE_MARGIN_SECONDS = 900;
/** Workers looked at for due ones: those that back off must not hide the ones behind them. */
const LOOK_AT = 200;

/**
 * Takes the lease on a worker for one execution, by raising its sweep number; undefined where another sweep holds it or nothing is due.
 * Safe to repeat: the execution that holds the lease gets the same sweep again.
 */
export async function takeSweep(deps: SweepDeps, workerId: string, holder: string): Promise<Sweep | undefined> {
  const worker = await neededWorker(deps, workerId);
  const seconds = verifyTimeoutSeconds(worker.reservedBytes);
  // What lies on the worker is pulled and verified, what lies at home only verified.
  const kind = (await runJobOf(deps, workerId))?.documentKey === undefined ? 'verify' : 'sweep';
  const sweepOf = ({ sweep }: Worker): Sweep => ({
    workerId,
    sweep,
    jobId: jobIdOf(workerId, `${kind}-${sweep}`),
    verifyTimeoutSeconds: seconds,
  });
  const isOurs = (standing: Worker): boolean => standing.status === 'sweeping' && standing.sweepHolder === holder;
  if (isOurs(worker)) return sweepOf(worker);
  const sweepLeaseUntil = new Date(deps.now().getTime() + (seconds + LEASE_MARGIN_SECONDS) * 1000).toISOString();
  const changed = await changeWorker(deps, workerId, 'sweep', { actor: 'select-sweeps', set: { sweepLeaseUntil, sweepHolder: holder } });
  // Refused by its own write, whose answer was lost: nobody else would care for this lease until it runs out.
  return changed.item !== undefined && isOurs(changed.item) ? sweepOf(changed.item) : undefined;
}

/** Workers whose sweep is due: to be swept, back-off over, nobody else holds the lease. */
export async function dueSweeps(deps: SweepDeps, limit: number, holder: string): Promise<readonly Worker[]> {
  const [ready, sweeping] = await Promise.all([
    deps.stores.workers.withStatus('ready', LOOK_AT),
    deps.stores.workers.withStatus('sweeping', LOOK_AT),
  ]);
  const isDue = (worker: Worker): boolean =>
    worker.sweepHolder === holder || nextStatus('worker', worker.status, 'sweep', { item: worker, now: deps.now() }).outcome === 'allowed';
  return [...ready, ...sweeping].filter(isDue).slice(0, limit);
}
