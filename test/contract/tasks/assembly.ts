import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipelineRevision } from '../../../infra/build/pipeline-revision';
import type { SubmitRequest } from '../../../layers/core/wire';
import type { Cluster } from '../../world/cluster/cluster';

export const INSTALLATION = 'trawl-tasks';
export const BATCH = 'study-PRJEB1.1.1';
export const RUNS = ['ERR0000001', 'ERR0000002', 'ERR0000003', 'ERR0000004', 'ERR0000005'] as const;
const PIPELINE = 'assemble';

/** Heavy work as a task with outputs, which waits until it is let through; what writes to OUTDIR comes last. */
const MAIN = `
nextflow.enable.dsl = 2
process ASSEMBLE {
    tag "\${accession}"
    time '2 day'
    input: val accession
    output: tuple val(accession), path('contigs.fa')
    script: """
    until rmdir "\\$(ls -d \${params.gates}/* 2>/dev/null | head -1)" 2>/dev/null; do sleep 0.1; done
    echo '>\${accession}' > contigs.fa
    """
}
process REPORT {
    tag "\${accession}"
    clusterOptions '--nice=1'
    input: tuple val(accession), path(contigs)
    output: path 'outcome.json'
    script: """
    mkdir -p '\${params.outdir}/\${accession}'
    cp \${contigs} '\${params.outdir}/\${accession}/'
    echo '{"accession": "\${accession}", "result": "done"}' > outcome.json
    cp outcome.json '\${params.outdir}/outcomes/\${accession}.json'
    """
}
workflow {
    runs = new groovy.json.JsonSlurper().parse(file(params.runs))
    ASSEMBLE(Channel.fromList(runs.collect { it.accession })) | REPORT
}
`;
/** What a pipeline says of the executor is not what the site says. */
const CONFIG = `process.executor = 'local'\nexecutor { queueSize = 100 }\n`;

export interface Assembly {
  readonly requestOf: (attempt: number, more?: Readonly<Record<string, unknown>>) => SubmitRequest;
  /** So many more of the tasks that wait may go through, whichever come first. */
  readonly letThrough: (count: number) => void;
  /** Every database of Nextflow's cache that the batch has kept names tables that are none. @returns how many */
  readonly damageCache: () => number;
  readonly fileOfJob: (request: SubmitRequest, name: string) => string;
}

/** A batch of one stage that assembles, on a cluster whose kit has its pipeline. */
export function assemblyOn({ root }: Cluster, batch = BATCH): Assembly {
  const [folder, gates] = [join(root, 'kit', 'pipelines', PIPELINE), join(root, 'gates')];
  for (const directory of [folder, gates]) mkdirSync(directory, { recursive: true });
  writeFileSync(join(folder, 'main.nf'), MAIN);
  writeFileSync(join(folder, 'nextflow.config'), CONFIG);
  const revision = pipelineRevision(folder);
  const file = { name: 'reads.fastq.gz', url: 'https://x.example/reads.fastq.gz', bytes: 1, md5: '0'.repeat(32) };
  const runs = RUNS.map((accession) => ({ accession, filesHash: 'f'.repeat(64), files: [file], metadata: {} }));
  const deadlineEpochSeconds = Math.floor(Date.now() / 1_000) + 86_400;
  const stagingOf = (attempt: number): string => `staging/${batch}.a${attempt}/${PIPELINE}`;
  return {
    requestOf: (attempt, more = {}) => {
      const [workerId, jobId] = [`${batch}.a${attempt}`, `${batch}.a${attempt}.${PIPELINE}`];
      const reuse = Array.from({ length: attempt - 1 }, (_, at) => stagingOf(at + 1));
      return {
        ...{ v: 1, key: `${INSTALLATION}.${jobId}`, jobId, kind: 'run', enrolment: null },
        deadlineEpochSeconds,
        resources: { partition: 'work', cpus: 1, memoryMb: 1_024, timeMinutes: 60 },
        spec: {
          ...{ workerId, stage: PIPELINE, revision, pipeline: PIPELINE, after: ['fetch'], staging: stagingOf(attempt), reuse, runs },
          ...{ parameters: { gates }, tasks: 'cluster' },
          taskLimits: { queueSize: 2, submitsPerMinute: 600, pollSeconds: 1, partition: 'data' },
          ...more,
        },
      };
    },
    letThrough: (count) => Array.from({ length: count }, () => mkdirSync(join(gates, randomUUID()))),
    damageCache: () => {
      const cache = join(root, 'work', batch, PIPELINE, '.nextflow', 'cache');
      const sessions = readdirSync(cache);
      for (const session of sessions) writeFileSync(join(cache, session, 'db', 'CURRENT'), 'MANIFEST-999999\n');
      return sessions.length;
    },
    fileOfJob: ({ jobId }, name) => readFileSync(join(root, 'jobs', jobId, name), 'utf8'),
  };
}

export interface TraceRow {
  readonly process: string;
  readonly tag: string;
  readonly status: string;
  readonly nativeId: string;
}
/** Nextflow's trace, row by row. */
export function traceRows(text: string): readonly TraceRow[] {
  const [header = [], ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  const at = (row: readonly string[], name: string): string => row[header.indexOf(name)] ?? '';
  return rows.map((row) => ({
    ...{ process: at(row, 'process'), tag: at(row, 'tag'), status: at(row, 'status'), nativeId: at(row, 'native_id') },
  }));
}

/** Jobs of a name as accounting has them, times as epoch seconds. */
export async function accounted(cluster: Cluster, name: string) {
  const fields = 'JobIDRaw,Submit,End,TimelimitRaw,Partition,Comment,State';
  const { stdout } = await cluster.run('sacct', ['-X', '-n', '-P', '-S', 'now-1hour', `--name=${name}`, '-o', fields], {
    SLURM_TIME_FORMAT: '%s',
  });
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', submit, end, minutes, partition = '', comment = '', state = ''] = line.split('|');
      return { id, submit: Number(submit), end: Number(end), minutes: Number(minutes), partition, comment, state };
    });
}

/** The most jobs that were in the queue at once. */
export const mostAtOnce = (jobs: readonly { readonly submit: number; readonly end: number }[]): number =>
  Math.max(...jobs.map(({ submit }) => jobs.filter((other) => other.submit <= submit && submit < other.end).length));
