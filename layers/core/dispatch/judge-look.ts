import { z } from 'zod';
import { line, type ClusterLine } from './judge-cluster';

/** What a job of kind *look* found on the node where it ran. */
export const LookReport = z.object({
  kind: z.literal('look'),
  result: z.literal('finished'),
  host: z.string(),
  java: z.string().nullable(),
  rsync: z.string().nullable(),
  ssh: z.boolean(),
  gzip: z.boolean(),
  /** Whether jobs on that node may submit tasks, where that was asked. */
  tasks: z.object({ missing: z.array(z.string()), refused: z.string().nullable() }).optional(),
  reach: z.array(z.object({ host: z.string(), port: z.number(), open: z.boolean(), detail: z.string().nullable() })),
});
export type LookReport = z.infer<typeof LookReport>;

/** What a node of the data-moving partition has and reaches; `pulls`: results come from elsewhere. Pure. */
export function judgeLook({ host, java, rsync, ssh, gzip, reach, tasks: submits }: LookReport, pulls: boolean): readonly ClusterLine[] {
  const tools = [...(gzip ? [] : ['gzip']), ...(pulls && rsync === null ? ['rsync'] : []), ...(pulls && !ssh ? ['ssh'] : [])];
  return [
    line(
      `java on ${host}`,
      java,
      java === null ? 'Java 11 or later on every node; `javaHome` of kit/gate.json says where it lies' : undefined,
    ),
    line(
      `tools on ${host}`,
      tools.length === 0 ? 'there' : `without ${tools.join(', ')}`,
      tools.length === 0 ? undefined : `install ${tools.join(', ')} on the nodes of the data-moving partition`,
    ),
    ...(submits === undefined ? [] : [tasksLine(host, submits)]),
    ...reach.map((place) =>
      line(
        `out to ${place.host}:${place.port}`,
        place.open ? 'open' : place.detail,
        place.open
          ? undefined
          : `nodes of the data-moving partition must get out on port ${place.port}: open it, or name another partition (cluster.dataPartition)`,
      ),
    ),
  ];
}

function tasksLine(host: string, { missing, refused }: NonNullable<LookReport['tasks']>): ClusterLine {
  const what = `tasks from ${host}`;
  if (missing.length > 0)
    return line(
      what,
      `without ${missing.join(', ')}`,
      "install Slurm's commands and configuration on the nodes where workers run (cluster.partition): a job there submits its tasks; or take cluster.tasks out",
    );
  const todo = 'let the nodes where workers run submit jobs to that partition (AllocNodes), under that account and quality of service';
  return line(what, refused ?? 'may be submitted', refused === null ? undefined : todo);
}
