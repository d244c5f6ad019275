import { z } from 'zod';
import { tidyInstallation, type TidyDeps, type Tidied } from '../../layers/core/reaping/tidy-installation';
import { endTidying } from '../../layers/core/reaping/tidying-lease';
import { isolation } from '../../layers/core/use-cases/isolate';

/** `id` names the cycle of the reaper that found it due. What is old follows from the table and the retention of the configuration. */
export const Input = z.object({ id: z.string().min(1) });
export type Input = z.infer<typeof Input>;

export interface Output extends Tidied {
  readonly outcome: 'tidied';
}

/**
 * Removes what is old, once a day. Safe to repeat: what is gone is not there to be removed, and the job at home is submitted once a day by its name.
 * @throws TickIncompleteError when parts failed; all others were done
 */
export const tidyInstallationHandler =
  (deps: Omit<TidyDeps, 'isolate'>) =>
  async ({ id }: Input): Promise<Output> => {
    const { isolate, raise } = isolation();
    const tidied = await tidyInstallation({ ...deps, isolate });
    raise();
    await endTidying(deps, id);
    return { outcome: 'tidied', ...tidied };
  };
