import type { Worker } from '../../core/entities';
import { jobKeyOf, keyScopeOf } from '../../core/ids';
import type { Clock, Found, ProviderWorker, WorkerProvider } from '../../core/ports/outside';
import type { Stores } from '../../core/ports/stores';
import { LEASE_OVER, SITE_PROVIDER } from '../../core/sites/site';
import { runJobOf } from '../../core/use-cases/needed';

/**
 * Workers that are claims of sites: the table alone knows them, and a claim lives as long as its lease. Who is to end is told so when it renews; where it
 * renews no more, its lease ends it.
 */
export function siteProvider(
  stores: Pick<Stores, 'workers' | 'jobs'>,
  installation: string,
  now: Clock = () => new Date(),
): WorkerProvider {
  const workerOf = async (key: string): Promise<Worker | undefined> => {
    const worker = await stores.workers.get(keyScopeOf(key.slice(installation.length + 1)));
    return worker?.provider === SITE_PROVIDER ? worker : undefined;
  };
  const seen = (worker: Worker, key: string): ProviderWorker => ({
    ...{ key, providerRef: worker.site ?? SITE_PROVIDER },
    ...(isHeld(worker, now())
      ? { state: 'running', rawState: `held until ${worker.leaseUntil ?? ''}` }
      : { state: 'ended', rawState: `lease ended at ${worker.leaseUntil ?? ''}`, endedAs: LEASE_OVER }),
  });
  const find = async (key: string): Promise<Found> => {
    const worker = await workerOf(key);
    return worker === undefined ? { outcome: 'absent' } : { outcome: 'found', worker: seen(worker, key) };
  };
  return {
    kind: SITE_PROVIDER,
    results: 'bucket',
    // Its claim made it.
    create: async ({ jobId }) => {
      const worker = await workerOf(jobKeyOf(installation, jobId));
      if (worker?.site !== undefined && isHeld(worker, now())) return { outcome: 'done', providerRef: worker.site };
      return { outcome: 'failed', reason: LEASE_OVER, detail: 'no site holds it any more', retry: 'elsewhere' };
    },
    find,
    list: async () => {
      const held = (await stores.workers.alive()).filter((worker) => worker.provider === SITE_PROVIDER && isHeld(worker, now()));
      const jobs = await Promise.all(held.map(async (worker) => ({ worker, job: await runJobOf({ stores }, worker.workerId) })));
      const known = jobs.flatMap(({ worker, job }) => (job === undefined ? [] : [seen(worker, jobKeyOf(installation, job.jobId))]));
      return { outcome: 'answered', answer: known };
    },
    probe: find,
    destroy: async () => ({ outcome: 'done' }),
    price: async () => ({ dollarsPerHour: 0 }),
  };
}

const isHeld = ({ status, leaseUntil }: Worker, now: Date): boolean =>
  status !== 'gone' && leaseUntil !== undefined && leaseUntil > now.toISOString();
