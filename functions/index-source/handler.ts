import { z } from 'zod';
import { indexSource, type IndexDeps } from '../../layers/core/use-cases/index-source';

export const Input = z.object({ sourceId: z.string(), cycle: z.number().int(), index: z.number().int(), taskToken: z.string() });
export type Input = z.infer<typeof Input>;

/** Has the source's samplesheet and links written and waits for the end of that job. Safe to repeat: see `indexSource`. */
export const indexSourceHandler =
  (deps: IndexDeps) =>
  ({ taskToken, ...publication }: Input): Promise<{ readonly outcome: string }> =>
    indexSource(deps, publication, taskToken);
