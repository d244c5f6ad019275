import { z } from 'zod';

const SlurmName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, 'is no name of Slurm');
const Limits = z.strictObject({
  /** Tasks of one worker that wait or run in Slurm at once. */
  queueSize: z.number().int().min(1).max(10_000).default(50),
  /** The same of all workers together; absent: as many as these have. */
  atOnce: z.number().int().min(1).optional(),
  submitsPerMinute: z.number().int().min(1).max(6_000).default(60),
  /** How often Nextflow looks whether a task has ended. */
  pollSeconds: z.number().int().min(1).max(600).default(30),
  /** The most that one task gets, whatever its process asks for. */
  maxCpus: z.number().int().min(1).optional(),
  maxMemoryMb: z.number().int().min(1).optional(),
  /** Of the tasks; each is that of the workers where it is not said. */
  partition: SlurmName.optional(),
  account: SlurmName.optional(),
  qos: SlurmName.optional(),
});
/** How much of the cluster the tasks may take, where a stage says `tasks: cluster`, and where they go. */
export const TaskLimits = Limits.refine(({ queueSize, atOnce = queueSize }) => queueSize <= atOnce, {
  path: ['atOnce'],
  message: 'is less than queueSize: no worker would ever fit',
});
export type TaskLimits = z.infer<typeof TaskLimits>;
