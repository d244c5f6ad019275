import { z } from 'zod';
import type { Deps } from '../../layers/core/use-cases/deps';
import { probeJobs, type Probed } from '../../layers/core/use-cases/probe-jobs';
import { isolation } from '../../layers/core/use-cases/isolate';
import { reconcileOrphans } from '../../layers/core/use-cases/reconcile-orphans';
import { reconcileWorkers } from '../../layers/core/use-cases/reconcile-workers';

/** Nothing of the tick's answer is needed: what is open is read from the table. */
export const Input = z.object({});
export type Input = z.infer<typeof Input>;

export interface Output extends Probed {
  readonly outcome: 'probed';
  /** Workers asked to end: confirmed gone, and still there. */
  readonly workers: { readonly freed: number; readonly alive: number };
  /** Machines that were born after their worker was given up. */
  readonly orphansEnded: number;
}

/** Asks cluster and providers about silent jobs and ending workers, and acts on the answers. Safe to repeat: see the three use cases. */
export const probeJobsHandler =
  (deps: Pick<Deps, 'stores' | 'machines' | 'objects' | 'gate' | 'providers' | 'now' | 'installation'>) =>
  async (_input: Input): Promise<Output> => {
    const probed = await probeJobs(deps);
    const workers = await reconcileWorkers(deps);
    const { isolate, raise } = isolation();
    const orphansEnded = await reconcileOrphans({ ...deps, isolate });
    raise();
    return { outcome: 'probed', ...probed, workers, orphansEnded };
  };
