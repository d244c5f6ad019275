import { z } from 'zod';
import { tidyInstallation, type TidyDeps, type Tidied } from '../../layers/core/reaping/tidy-installation';
import { isolation } from '../../layers/core/use-cases/isolate';

/** Nothing is asked: what is old follows from the table and the retention of the configuration. */
export const Input = z.object({});
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
  async (_input: Input): Promise<Output> => {
    const { isolate, raise } = isolation();
    const tidied = await tidyInstallation({ ...deps, isolate });
    raise();
    return { outcome: 'tidied', ...tidied };
  };
