import { z } from 'zod';
import type { EarlyRules } from '../../layers/core/dispatch/judge-early';
import type { HoldRules } from '../../layers/core/dispatch/judge-hold';
import type { ArchiveFiles } from '../../layers/core/ports/ena';
import type { Deps } from '../../layers/core/use-cases/deps';
import type { FreeDeps } from '../../layers/core/use-cases/free-worker';
import { endHolds, type HoldEnd } from '../../layers/core/use-cases/end-holds';
import { probeJobs, PROBE_SETTINGS, type Probed } from '../../layers/core/use-cases/probe-jobs';
import { isolation } from '../../layers/core/use-cases/isolate';
import { providerLists } from '../../layers/core/use-cases/list-providers';
import { reconcileWorkers } from '../../layers/core/use-cases/reconcile-workers';

/** Nothing of the tick's answer is needed: what is open is read from the table. */
export const Input = z.object({});
export type Input = z.infer<typeof Input>;

export interface Output extends Probed {
  readonly outcome: 'probed';
  /** Workers asked to end: confirmed gone, and still there. */
  readonly workers: { readonly freed: number; readonly alive: number };
  /** What became of held workers that keep their results. */
  readonly holds: Readonly<Partial<Record<HoldEnd, number>>>;
}

export type ProbeJobsDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'gate' | 'providers' | 'now' | 'installation'> &
  FreeDeps & {
    readonly archive: ArchiveFiles;
    readonly rules: HoldRules;
    readonly early: EarlyRules;
  };

/**
 * Asks cluster and providers about silent jobs, held and ending workers, and acts on the answers. Each provider is asked for its list once. Safe to repeat: see the use cases.
 * @throws TickIncompleteError when single jobs or workers failed; all others were cared for
 */
export const probeJobsHandler =
  (deps: ProbeJobsDeps) =>
  async (_input: Input): Promise<Output> => {
    const { isolate, raise } = isolation();
    const each = { ...deps, isolate, lists: providerLists(deps) };
    const probed = await probeJobs(each, { ...PROBE_SETTINGS, early: deps.early });
    const holds = await endHolds(each);
    const workers = await reconcileWorkers(each);
    raise();
    return { outcome: 'probed', ...probed, workers, holds };
  };
