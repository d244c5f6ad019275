import { z } from 'zod';

const Text = z.string().nullish();
const Partition = z.object({
  name: z.string(),
  default: z.boolean(),
  state: z.string(),
  /** null: no limit. */
  maxTimeMinutes: z.number().nullable(),
  cpus: z.number(),
  memoryMb: z.number(),
});
/** What the gate says of itself (`capabilities`), as far as it is judged. */
export const ClusterFacts = z.object({
  slurmVersion: Text,
  accounting: z.boolean(),
  partitions: z.array(Partition),
  java: Text,
  nextflow: Text,
  python: z.string(),
  rsync: Text,
  revisions: z.record(z.string(), z.unknown()),
  pullKey: Text,
  /** What accounting grants the account; null where it cannot be asked. */
  associations: z
    .array(
      z.object({
        account: z.string(),
        partition: z.string().nullable(),
        qos: z.array(z.string()),
        maxSubmit: z.number().nullable(),
        maxTimeMinutes: z.number().nullable(),
      }),
    )
    .nullish(),
  /** Null where the file system keeps none, or nobody can be asked. */
  quota: z.object({ usedBytes: z.number(), limitBytes: z.number() }).nullish(),
});
export type ClusterFacts = z.infer<typeof ClusterFacts>;

/** What an installation asks of its cluster. */
export interface ClusterNeeds {
  readonly partition?: string | undefined;
  readonly dataPartition?: string | undefined;
  readonly resources: { readonly cpus: number; readonly memoryMb: number; readonly timeMinutes: number };
  readonly pipelines: Readonly<Record<string, string>>;
  readonly homeFreeBytesMin: number;
  readonly account?: string | undefined;
  readonly qos?: string | undefined;
  /** Jobs of workers that may live at once. */
  readonly jobs?: number | undefined;
  /** Tasks that each of them may have in the queue. */
  readonly tasks?: number | undefined;
  /** All of them together; absent: as many as they have. */
  readonly tasksAtOnce?: number | undefined;
  /** Workers whose results are pulled from elsewhere. */
  readonly pulls: boolean;
}
export interface ClusterLine {
  readonly what: string;
  readonly state: 'ok' | 'missing';
  readonly found: string;
  /** How to mend it; there for what is missing. */
  readonly todo?: string;
}

export const line = (what: string, found: string | null | undefined, todo: string | undefined): ClusterLine =>
  todo === undefined ? { what, state: 'ok', found: found ?? '-' } : { what, state: 'missing', found: found ?? 'none', todo };
/** A version `major.minor` at least; undefined where it cannot be read. */
function isAtLeast(version: string | null | undefined, major: number, minor: number): boolean {
  const [, has = '', hasMinor = ''] = /^(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  return Number(has) > major || (has !== '' && Number(has) === major && Number(hasMinor) >= minor);
}

function partitionLine(what: string, name: string | undefined, facts: ClusterFacts, needs?: ClusterNeeds['resources']): ClusterLine {
  const found = facts.partitions.find((each) => (name === undefined ? each.default : each.name === name));
  const names = facts.partitions.map((each) => each.name).join(', ') || 'none';
  if (!found) return line(what, name ?? 'no default', `name one that there is in the configuration (cluster.${what}): ${names}`);
  const limit = found.maxTimeMinutes === null ? 'no time limit' : `${found.maxTimeMinutes} min`;
  const text = `${found.name}: ${found.state}, ${found.cpus} cpus, ${found.memoryMb} MB, ${limit}`;
  if (found.state !== 'up') return line(what, text, `it takes no jobs: scontrol update PartitionName=${found.name} State=UP`);
  const short = needs && shortOf(found, needs);
  return line(
    what,
    text,
    short && `${short}: a job would be refused or wait for ever; ask for less in fetch.resources, or name another partition`,
  );
}

function shortOf({ cpus, memoryMb, maxTimeMinutes }: z.infer<typeof Partition>, needs: ClusterNeeds['resources']): string | undefined {
  if (needs.cpus > cpus) return `its largest node has ${cpus} cpus, a job asks for ${needs.cpus}`;
  if (needs.memoryMb > memoryMb) return `its largest node has ${memoryMb} MB, a job asks for ${needs.memoryMb}`;
  if (maxTimeMinutes !== null && needs.timeMinutes > maxTimeMinutes)
    return `its limit is ${maxTimeMinutes} min, a job asks for ${needs.timeMinutes}`;
  return undefined;
}

const INSTALL = 'run slurm/install-kit.sh ROOT of this version again, as the account that owns ROOT';

function kitLines({ revisions, nextflow, java, python }: ClusterFacts, { pipelines }: ClusterNeeds): readonly ClusterLine[] {
  return [
    line(
      'python',
      python,
      isAtLeast(python, 3, 8) ? undefined : 'Python 3.8 or later; `python` of kit/gate.json names the interpreter of the agent',
    ),
    line('java', java, java ? undefined : 'Java 11 or later on every node; `javaHome` of kit/gate.json says where it lies'),
    line('nextflow', nextflow, nextflow ? undefined : INSTALL),
    ...Object.entries(pipelines).map(([name, wanted]) => {
      const has = revisions[name];
      const found = typeof has === 'string' ? has.slice(0, wanted.length) : undefined;
      return line(`pipeline ${name}`, found, found === wanted ? undefined : `${wanted} is asked for: ${INSTALL}`);
    }),
  ];
}

/** What an installation needs of its cluster, beside what the gate found there; one line each, with what to do about what is missing. Pure. */
export function judgeCluster(facts: ClusterFacts, freeBytes: number, needs: ClusterNeeds): readonly ClusterLine[] {
  const { slurmVersion, accounting } = facts;
  const pull = needs.pulls
    ? [
        line('rsync', facts.rsync, facts.rsync ? undefined : 'install rsync on the nodes of the data-moving partition'),
        line('pull key', facts.pullKey && 'there', facts.pullKey ? undefined : INSTALL),
      ]
    : [];
  return [
    line(
      'slurm',
      slurmVersion,
      isAtLeast(slurmVersion, 20, 11)
        ? undefined
        : 'Slurm 20.11 or later, its commands on the path that `environment` of kit/gate.json sets',
    ),
    line(
      'accounting',
      accounting ? 'answers' : 'does not answer',
      accounting
        ? undefined
        : 'start slurmdbd and set AccountingStorageType=accounting_storage/slurmdbd: without it Trawl cannot tell what became of a job that squeue forgot',
    ),
    partitionLine('partition', needs.partition, facts, needs.resources),
    partitionLine('dataPartition', needs.dataPartition ?? needs.partition, facts),
    ...kitLines(facts, needs),
    ...pull,
    line(
      'free space',
      `${freeBytes} bytes`,
      freeBytes >= needs.homeFreeBytesMin
        ? undefined
        : `less than caps.homeFreeBytesMin (${needs.homeFreeBytesMin}): nothing is dispatched; make room below ROOT, or set it lower`,
    ),
  ];
}
