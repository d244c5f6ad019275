import { z } from 'zod';
import type { Deps } from '../../layers/core/use-cases/deps';
import { probeJobs, type Probed } from '../../layers/core/use-cases/probe-jobs';
import { reconcileWorkers } from '../../layers/core/use-cases/reconcile-workers';

/** Nothing of the tick's answer is needed: what is open is read from the table. */
export const Input = z.object({});
export type Input = z.infer<typeof Input>;

export interface Output extends Probed {
  readonly outcome: 'probed';
  /** Workers asked to end: confirmed gone, and still there. */
  readonly workers: { readonly freed: number; readonly alive: number };
}

/** Asks the cluster about silent jobs and ending workers, and acts on the answers. Safe to repeat: see the two use cases. */
export const probeJobsHandler =
  (deps: Pick<Deps, 'stores' | 'machines' | 'objects' | 'gate' | 'provider' | 'now' | 'installation'>) =>
  async (_input: Input): Promise<Output> => {
    const probed = await probeJobs(deps);
    return { outcome: 'probed', ...probed, workers: await reconcileWorkers(deps) };
  };
