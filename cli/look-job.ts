import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../infra/config';
import { line, type ClusterLine } from '../layers/core/dispatch/judge-cluster';
import { judgeLook, LookReport } from '../layers/core/dispatch/judge-look';
import { slurmMeaning } from '../layers/core/dispatch/slurm-states';
import { optional } from '../layers/core/optional';
import type { Gate } from '../layers/core/ports/outside';
import type { JobStatusAnswer, SubmitRequest } from '../layers/core/wire';

/** What one look found counts for so long; a check within it asks no new job. */
const FRESH_SECONDS = 600;
const LOOK_MS = 2_000;

export interface LookOptions {
  /** Stands for the droplets that jobs must reach by SSH. */
  readonly sshServer: string;
  /** How long its job may take. */
  readonly waitSeconds: number;
}
interface Place {
  readonly host: string;
  readonly port: number;
}

/** Where jobs must get out to: ENA's files by HTTPS; droplets by SSH, for which, having no name yet, any public SSH server stands. */
function placesOf({ ena, droplet }: Config, sshServer: string): readonly Place[] {
  const { hostname, port, protocol } = new URL(ena.fileBaseUrl);
  const files = { host: hostname, port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) };
  return droplet === undefined ? [files] : [files, { host: sshServer, port: 22 }];
}

/** What one small job looks at, from a node of which partition. */
interface Look {
  readonly partition: string | undefined;
  readonly spec: { readonly reach: readonly Place[]; readonly tasks?: Readonly<Record<string, string>> };
}

/** One from where data are moved; where tasks are jobs, also one from where workers run, for it is they who submit them. */
function looksOf(config: Config, sshServer: string): readonly Look[] {
  const { partition, dataPartition = partition, tasks, ...cluster } = config.cluster;
  const moving: Look = { partition: dataPartition, spec: { reach: placesOf(config, sshServer) } };
  if (tasks === undefined) return [moving];
  const [account, qos] = [tasks.account ?? cluster.account, tasks.qos ?? cluster.qos];
  const where = { ...optional('partition', tasks.partition ?? partition), ...optional('account', account), ...optional('qos', qos) };
  return partition === dataPartition
    ? [{ ...moving, spec: { ...moving.spec, tasks: where } }]
    : [moving, { partition, spec: { reach: [], tasks: where } }];
}

/** Its key is made of what it does and where, so that two checks of the same share one job. */
function requestOf({ installation }: Config, { partition, spec }: Look, now: Date): SubmitRequest {
  const resources = { ...optional('partition', partition), cpus: 1, memoryMb: 512, timeMinutes: 5 };
  const content = createHash('sha256').update(JSON.stringify({ resources, spec })).digest('hex').slice(0, 16);
  const jobId = `look-${content}`;
  const askedAt = Math.floor(now.getTime() / 1000);
  return {
    v: 1,
    // Not below the installation's own prefix: the reaper would take it for a job that nobody knows.
    key: `${installation}-look.${jobId}`,
    jobId,
    kind: 'look',
    deadlineEpochSeconds: askedAt + 3_600,
    resources,
    enrolment: null,
    spec,
    again: { when: 'if-older-than', askedAt, seconds: FRESH_SECONDS },
  };
}

const failed = (found: string, todo: string): readonly ClusterLine[] => [line('small job', found, todo)];

/** Has small jobs look around on the nodes that matter and judges what they tell. One that does not end in time is cancelled. */
export async function lookAround(gate: Gate, config: Config, { sshServer, waitSeconds }: LookOptions): Promise<readonly ClusterLine[]> {
  const looked = looksOf(config, sshServer).map((look) => lookFrom(gate, config, look, waitSeconds));
  return (await Promise.all(looked)).flat();
}

async function lookFrom(gate: Gate, config: Config, look: Look, waitSeconds: number): Promise<readonly ClusterLine[]> {
  const request = requestOf(config, look, new Date());
  const answer = await gate.submit(request);
  if (answer.outcome !== 'done') return failed(answer.detail, 'no job can be submitted: mend that first');
  const until = performance.now() + waitSeconds * 1_000;
  let seen: JobStatusAnswer | undefined;
  do {
    const asked = await gate.status([request]);
    seen = asked.outcome === 'answered' ? asked.answer.jobs[0] : undefined;
    const report = LookReport.safeParse(seen?.report);
    if (report.success) return judgeLook(report.data, config.droplet !== undefined);
    await pause(Math.min(LOOK_MS, Math.max(0, until - performance.now())));
  } while (performance.now() < until);
  const state = seen?.slurm?.state ?? 'UNKNOWN';
  if (slurmMeaning(state).class !== 'ended') await gate.cancel(request.jobId, request.key);
  const why = `${state}${seen?.slurm?.reason ? ` (${seen.slurm.reason})` : ''} after ${waitSeconds} s`;
  return failed(why, 'it left no word: squeue says why a job waits, ROOT/jobs/look-…/slurm.log why it died; --wait gives it longer');
}
