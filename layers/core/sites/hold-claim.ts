import { orderFor } from '../callbacks/decide';
import { FINAL_JOB_STATUSES, type Job, type Worker } from '../entities';
import { applyReport } from '../use-cases/apply-report';
import type { Deps } from '../use-cases/deps';
import { endJob } from '../use-cases/end-job';
import { runJobOf } from '../use-cases/needed';
import type { RunReport } from '../wire';
import { leaseFrom } from './claim-batches';
import { SITE_PROVIDER } from './site';

type HoldDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>;
/** *unknown*: no such claim, or another site's: who guesses does not learn which. *lease-over*: it holds no more, and the batch has come back or will. */
export type ClaimRefusal = 'unknown' | 'lease-over' | 'bad-report';
export type Heard<T> = { readonly outcome: 'done'; readonly said: T } | { readonly outcome: 'refused'; readonly by: ClaimRefusal };

const refuse = (by: ClaimRefusal) => ({ outcome: 'refused', by }) as const;

/** The claim as its own site may speak of it. */
async function claimOf(deps: HoldDeps, site: string, workerId: string): Promise<{ worker: Worker; job: Job } | undefined> {
  const worker = await deps.stores.workers.get(workerId);
  if (worker?.provider !== SITE_PROVIDER || worker.site !== site) return undefined;
  const job = await runJobOf(deps, workerId);
  return job && { worker, job };
}
const isHeld = ({ leaseUntil = '' }: Worker, now: Date): boolean => leaseUntil > now.toISOString();
const isOver = ({ status }: Job): boolean => FINAL_JOB_STATUSES.includes(status);

/** The claim holds on from now; the site learns whether its job is still wanted. Safe to repeat. */
export async function renewClaim(
  deps: HoldDeps & { readonly leaseSeconds: number },
  site: string,
  workerId: string,
): Promise<Heard<{ readonly leaseUntil: string; readonly leaseSeconds: number; readonly order: 'run' | 'stop' }>> {
  const claim = await claimOf(deps, site, workerId);
  if (claim === undefined) return refuse('unknown');
  const leaseUntil = leaseFrom(deps);
  const renewed = await deps.stores.workers.lease(workerId, site, deps.now().toISOString(), leaseUntil);
  if (renewed.outcome === 'conflict') return refuse('lease-over');
  const order = renewed.item.status === 'destroying' || orderFor(claim.job) === 'stop' ? 'stop' : 'run';
  return { outcome: 'done', said: { leaseUntil, leaseSeconds: deps.leaseSeconds, order } };
}

/**
 * The site's last word on a claim: how its job ended, where the agent could not tell that itself, and that nothing of it runs there any more. Safe to repeat: the first
 * end stands, and the claim is over.
 */
export async function reportClaim(
  deps: HoldDeps,
  site: string,
  workerId: string,
  report: RunReport,
): Promise<Heard<{ readonly accepted: boolean }>> {
  const claim = await claimOf(deps, site, workerId);
  if (claim === undefined) return refuse('unknown');
  if (!isOver(claim.job)) {
    if (!isHeld(claim.worker, deps.now())) return refuse('lease-over');
    const applied = await applyReport(deps, claim.job, report, 'callback');
    if (applied.outcome === 'refused') return refuse('bad-report');
  }
  await endLease(deps, claim.worker);
  return { outcome: 'done', said: { accepted: !isOver(claim.job) } };
}

/** The site gives a batch back before its end: it goes to whoever is next, and no attempt is spent. Safe to repeat. */
export async function releaseClaim(
  deps: HoldDeps,
  site: string,
  workerId: string,
  detail: string,
): Promise<Heard<{ readonly accepted: boolean }>> {
  const claim = await claimOf(deps, site, workerId);
  if (claim === undefined) return refuse('unknown');
  const { worker, job } = claim;
  if (!isOver(job)) {
    if (!isHeld(worker, deps.now())) return refuse('lease-over');
    const cause = job.stopRequested ? (job.cause ?? 'stop-requested') : 'released';
    const result = cause === 'cancel-requested' ? 'cancelled' : 'lost';
    await endJob(deps, job, { result, cause, detail, actor: `site/${site}` });
  }
  await endLease(deps, worker);
  return { outcome: 'done', said: { accepted: !isOver(job) } };
}

/** After what it told: a crash in between leaves a claim that ends by itself. */
async function endLease({ stores, now }: HoldDeps, { workerId, site = '' }: Worker): Promise<void> {
  const at = now().toISOString();
  await stores.workers.lease(workerId, site, at, at);
}
