import { capsFor, dispatchOrder, fullCap, waitingReasons, type Cap, type Caps } from '../dispatch/eligibility';
import { plannedBatches } from '../dispatch/look-at-planned';
import type { Batch, Source, Worker } from '../entities';
import { PlanUnreadableError } from '../errors';
import type { Budget } from '../money/budget';
import { dispatchBatch, type DispatchSettings } from '../use-cases/dispatch-batch';
import type { Deps } from '../use-cases/deps';
import { ageSeconds, STALE_SECONDS } from '../use-cases/home-space';
import { prepareBringing } from '../use-cases/job-document';
import { neededManifest, neededPlan, neededWorker } from '../use-cases/needed';
import { prepareRunJob, requestOf } from '../use-cases/prepare-attempt';
import type { JobSettings } from '../use-cases/prepare-job';
import type { Stage } from '../wire';
import type { Stages } from '../workflows/stages-of';
import { failedAt, unfitFor } from './fits';
import { SITE_PROVIDER, type Site, type SiteOffer } from './site';

export type ClaimDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'secrets' | 'now' | 'installation'> & {
  readonly caps: Caps;
  readonly budget: Budget;
  /** How long a claim holds after it was made or renewed. */
  readonly leaseSeconds: number;
  readonly settings: JobSettings & DispatchSettings;
};
export interface ClaimRequest {
  /** The same request sent again is answered with what it got. */
  readonly nonce: string;
  readonly most: number;
  readonly offer: SiteOffer;
}
export interface SiteClaim {
  readonly workerId: string;
  readonly jobId: string;
  readonly batchId: string;
  readonly attempt: number;
  readonly stage: string;
  readonly runs: number;
  readonly bytes: number;
  readonly resources: Stage['resources'];
  /** Latest time for the end of its job. */
  readonly deadline: string;
  readonly leaseUntil: string;
  readonly leaseSeconds: number;
  /** Traded once for the attempt's key and for links to its document and kit. */
  readonly enrolment: { readonly url: string; readonly token: string };
}
export interface Claimed {
  readonly claims: readonly SiteClaim[];
  /** Planned batches that it did not get, by reason. */
  readonly waiting: Readonly<Record<string, number>>;
}

/** Plans read in one request; the rest waits for the next. */
const MOST_PLANS = 60;

/**
 * Gives a site the planned batches that are next and that it can take: the same order, caps and transaction as the heartbeat's dispatch, and its own quota
 * besides (contract 4). Safe to repeat: a nonce that has got batches gets these, and a batch that another one took is passed by.
 */
export async function claimBatches(deps: ClaimDeps, site: Site, request: ClaimRequest): Promise<Claimed> {
  const at = deps.now().toISOString();
  await deps.stores.sites.note(site.name, { seenAt: at, offer: request.offer });
  const before = (await deps.stores.workers.alive()).filter((worker) => worker.site === site.name && worker.claimNonce === request.nonce);
  if (before.length > 0) return { claims: await Promise.all(before.map((worker) => handOver(deps, worker))), waiting: {} };
  const tally: Record<string, number> = {};
  const wait = (reason: string): void => void (tally[reason] = (tally[reason] ?? 0) + 1);
  const home = await deps.stores.home.get();
  const workers: Worker[] = [];
  let plans = 0;
  const ready = await candidates(deps, site, wait);
  // Measured by the heartbeat only while something could go: without that, an old measurement says nothing is wrong.
  if (ready.length > 0 && (home === undefined || ageSeconds(home, deps.now()) > STALE_SECONDS)) {
    return { claims: [], waiting: { ...tally, 'home-unknown': ready.length } };
  }
  for (const batch of ready) {
    if (home === undefined || workers.length >= request.most || plans >= MOST_PLANS) break;
    plans += 1;
    const given = await tryOne(deps, site, request, batch, home.freeBytes);
    if (typeof given === 'string') wait(given);
    else workers.push(given);
    if (given === 'quota') break;
  }
  return { claims: await Promise.all(workers.map((worker) => handOver(deps, worker))), waiting: tally };
}

/** Planned batches that may go to sites and only lack a place, best first; what failed at this very site comes last. */
async function candidates(deps: ClaimDeps, site: Site, wait: (reason: string) => void): Promise<readonly Batch[]> {
  const planned = (await plannedBatches(deps, deps.caps)).filter(({ providers }) => providers.includes(SITE_PROVIDER));
  const sources = new Map<string, Source | undefined>();
  for (const { sourceId } of planned) if (!sources.has(sourceId)) sources.set(sourceId, await deps.stores.sources.get(sourceId));
  const fit = planned.filter((batch) => {
    const [reason] = waitingReasons(batch, sources.get(batch.sourceId), deps.now(), Object.keys(deps.caps.providers));
    if (reason !== undefined) wait(reason);
    return reason === undefined;
  });
  const now = (batch: Batch): Batch => ({ ...batch, priority: sources.get(batch.sourceId)?.priority ?? batch.priority });
  return fit.toSorted(
    (one, other) => Number(failedAt(site.name, one)) - Number(failedAt(site.name, other)) || dispatchOrder(now(one), now(other)),
  );
}

/** The worker that the site holds from now on, or why not. */
async function tryOne(deps: ClaimDeps, site: Site, request: ClaimRequest, batch: Batch, freeBytes: number): Promise<Worker | string> {
  const stages = await stagesOf(deps, batch);
  if (stages === undefined) return 'plan-missing';
  const unfit = unfitFor(site, request.offer, batch, stages);
  if (unfit !== undefined) return `unfit:${unfit}`;
  const quota = `site/${site.name}`;
  const caps: readonly Cap[] = [...capsFor(deps.caps, batch, SITE_PROVIDER, freeBytes), { scope: quota, maxWorkers: site.claims }];
  const full = fullCap(caps, await deps.stores.workers.counters(), batch.bytes);
  if (full !== undefined) return full === quota ? 'quota' : `cap:${full}`;
  const dispatched = await dispatchBatch({ ...deps, rateOf: FREE }, batch, SITE_PROVIDER, caps, {
    ...{ actor: `site/${site.name}`, site: site.name, claimNonce: request.nonce },
    leaseUntil: leaseFrom(deps),
  });
  if (dispatched.outcome === 'dispatched') return neededWorker(deps, dispatched.workerId);
  if (dispatched.outcome === 'refused') return dispatched.by === quota ? 'quota' : `cap:${dispatched.by}`;
  return dispatched.outcome === 'linked' ? 'linked' : (dispatched.by[0] ?? 'taken');
}

/** The heartbeat tells a person of a plan that cannot be read. */
async function stagesOf(deps: ClaimDeps, batch: Batch): Promise<Stages | undefined> {
  try {
    return (await neededPlan(deps, batch)).stages;
  } catch (error) {
    if (error instanceof PlanUnreadableError) return undefined;
    throw error;
  }
}

const FREE = () => ({ dollarsPerHour: 0, egressDollarsPerGib: 0 });
export const leaseFrom = ({ now, leaseSeconds }: Pick<ClaimDeps, 'now' | 'leaseSeconds'>): string =>
  new Date(now().getTime() + leaseSeconds * 1000).toISOString();

/** What the site needs to begin. The job's record and document are written before it is told, by whichever of this and ProvisionWorker comes first. */
async function handOver(deps: ClaimDeps, worker: Worker): Promise<SiteClaim> {
  const manifest = await neededManifest(deps, worker.workerId);
  const prepared = await prepareRunJob(deps, worker, manifest);
  await prepareBringing(deps, prepared.job, requestOf(worker, manifest, prepared));
  const { workerId, batchId, attempt, deadline, reservedBytes: bytes, leaseUntil = '' } = worker;
  return {
    ...{ workerId, batchId, attempt, deadline, bytes, leaseUntil, leaseSeconds: deps.leaseSeconds },
    ...{ jobId: prepared.job.jobId, stage: manifest.stage.name, resources: manifest.stage.resources },
    runs: manifest.runs.length,
    enrolment: prepared.enrolment,
  };
}
