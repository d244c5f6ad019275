import { z } from 'zod';
import { TaskLimits } from '../layers/core/task-limits';
import { ACCOUNT_NAME, SHELL_SAFE_PATH } from './gate-document';

const SLURM_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const ClusterPlace = {
  root: z.string().startsWith('/'),
  partition: z.string().optional(),
  dataPartition: z.string().optional(),
  /** Of every job, where the cluster asks for them. */
  account: z.string().regex(SLURM_NAME).optional(),
  qos: z.string().regex(SLURM_NAME).optional(),
  /** Features of the nodes that fetch, joined by `&` or by `|`. */
  constraint: z
    .string()
    .regex(/^[A-Za-z0-9_.-]+((&[A-Za-z0-9_.-]+)*|(\|[A-Za-z0-9_.-]+)*)$/)
    .optional(),
  /** Whether tasks of stages may be jobs of the cluster, and how many; without it none are. */
  tasks: TaskLimits.optional(),
  group: z.string().optional(),
  umask: z
    .string()
    .regex(/^0[0-7]{3}$/)
    .default('0027'),
};
/** `hostKey` is the head node's line `ssh-ed25519 AAAA…`, pinned. */
export const SshCluster = z.strictObject({
  transport: z.literal('ssh').default('ssh'),
  host: z.string(),
  port: z.number().int().default(22),
  user: z.string(),
  hostKey: z.string().regex(/^ssh-ed25519 [A-Za-z0-9+/=]+/),
  ...ClusterPlace,
});
/** `host` is the node's id at Systems Manager; the node bears the tag `trawl:installation`. */
export const SsmCluster = z.strictObject({
  transport: z.literal('ssm'),
  host: z.string().regex(/^(i|mi)-[0-9a-f]{8,17}$/, 'an id such as i-0123456789abcdef0 or mi-0123456789abcdef0'),
  user: z.string().regex(ACCOUNT_NAME),
  /** An interface endpoint of one's own, where the public one cannot be reached. */
  endpointUrl: z.url().optional(),
  ...ClusterPlace,
  root: z.string().regex(SHELL_SAFE_PATH),
});
