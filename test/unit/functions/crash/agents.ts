/** The other side of the callback route: a process for each job of the cluster and for each machine, which repeats every word until it is answered. */
import { createHash } from 'node:crypto';
import { signatureOf } from '../../../../layers/core/callbacks/keys';
import { jobKeyOf } from '../../../../layers/core/ids';
import type { PlannedRun, SubmitRequest } from '../../../../layers/core/wire';
import type { World } from '../life/world';

type Post = (event: object) => Promise<{ readonly statusCode: number; readonly body: string }>;
interface Agent {
  readonly jobId: string;
  readonly token: string;
  /** Enrolment, *started*, the end. */
  said: number;
  key: string;
  attempt: number;
}
export interface Agents {
  /** Everybody says what is due, until somebody does not answer. */
  speak(): Promise<void>;
  /** How often each file came home anew: by `<accession>/<name>`. */
  readonly home: ReadonlyMap<string, number>;
  /** How often each run was fetched. */
  readonly fetched: ReadonlyMap<string, number>;
}

const SSH = { host: '192.0.2.7', port: 22, user: 'root', hostKey: `ssh-ed25519 ${'B'.repeat(68)}` };
const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

/** What becomes of the agent of the first machine after it has said *started*: it goes on and is not heard any more, or it dies before anything is done. */
export type Trouble = 'unheard' | 'dead';

export function agentsOf(world: World, post: Post, trouble?: Trouble): Agents {
  const agents = new Map<string, Agent>();
  const [home, fetched, reports] = [new Map<string, number>(), new Map<string, number>(), new Map<string, object>()];
  const { cluster, away } = world;
  const words = new Map<string, object>();
  const isTroubled = (jobId: string): boolean => trouble !== undefined && jobId.endsWith('.a1.fetch');
  const machineOf = (jobId: string): boolean => away.machines.has(jobKeyOf('test', jobId));
  const requestOf = (jobId: string) => away.requests.find((request) => request.jobId === jobId);
  const live = (): readonly { readonly jobId: string; readonly token: string }[] => [
    ...[...cluster.jobs.values()]
      .filter(({ state }) => state === 'PENDING' || state === 'RUNNING')
      .map(({ request }) => ({ jobId: request.jobId, token: request.enrolment?.token ?? '' })),
    ...away.requests
      .filter(({ jobId }, index) => machineOf(jobId) && away.requests.findIndex((other) => other.jobId === jobId) === index)
      .map(({ jobId, enrolment }) => ({ jobId, token: enrolment.token })),
  ];

  /** What its work comes to, done once: files staged and fetched, or published where they are not there yet. */
  function work(jobId: string): object {
    const request: Pick<SubmitRequest, 'kind' | 'spec'> | undefined = cluster.jobs.get(jobId)?.request;
    const kind = request?.kind ?? 'run';
    if (kind === 'index') return { kind, entries: 1, samplesheet: 'x' };
    const runs = (request?.spec ?? requestOf(jobId)?.spec)?.['runs'] as readonly PlannedRun[];
    if (kind === 'run') {
      runs.forEach(({ accession }) => count(fetched, accession));
      return { kind, exitCode: 0, runs: runs.map(({ accession }) => ({ accession, result: 'done' })) };
    }
    const runJob = `${String(request?.spec['workerId'])}.fetch`;
    const isDone = !(trouble === 'dead' && isTroubled(runJob));
    const isThere = kind === 'verify' || (machineOf(runJob) && isDone);
    const isEarly = request?.spec['early'] === true;
    if (isThere) {
      for (const { accession, files } of runs)
        for (const { name } of files) if (!home.has(`${accession}/${name}`)) count(home, `${accession}/${name}`);
    }
    return {
      kind,
      ...(isEarly && { word: words.get(runJob) }),
      runs: (isEarly && !isThere ? [] : runs).map(({ accession, filesHash }) => ({
        accession,
        filesHash,
        result: isThere ? 'verified' : 'missing',
        reason: null,
      })),
    };
  }
  function reportOf(jobId: string): object {
    const known = reports.get(jobId) ?? work(jobId);
    reports.set(jobId, known);
    return { v: 1, jobId, result: 'finished', startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:01:00Z', ...known };
  }

  async function sayNext(agent: Agent): Promise<boolean> {
    const { jobId, token, said } = agent;
    const isMachine = requestOf(jobId) !== undefined;
    if (said === 2 && trouble === 'dead' && isTroubled(jobId)) return false;
    const [kind, body] = said === 1 ? ['started', isMachine ? { ssh: SSH } : {}] : ['finished', said === 2 ? reportOf(jobId) : {}];
    const nonce = createHash('sha256').update(jobId).digest('hex');
    const message =
      said === 0 ? { v: 1, jobId, token, nonce } : { v: 1, jobId, attempt: agent.attempt, seq: said, sentAt: 'x', kind, body };
    if (said > 0 && isMachine) words.set(jobId, message);
    if (said === 2 && isTroubled(jobId)) return false;
    const proxy = said === 0 ? 'enrol' : jobId;
    const raw = JSON.stringify(message);
    const headers = said === 0 ? {} : { 'x-trawl-signature': signatureOf(agent.key, `/callbacks/${jobId}`, Buffer.from(raw)) };
    const answer = await post({ path: `/callbacks/${proxy}`, pathParameters: { proxy }, headers, body: raw });
    await world.machines.settled();
    const job = cluster.jobs.get(jobId);
    // Whom nobody wants any more ends without doing anything.
    if (answer.statusCode === 403 && job !== undefined && trouble !== undefined) job.state = 'COMPLETED';
    if (answer.statusCode !== 200) return false;
    const granted = JSON.parse(answer.body) as { readonly key?: string; readonly attempt?: number };
    Object.assign(agent, { said: said + 1, key: granted.key ?? agent.key, attempt: granted.attempt ?? agent.attempt });
    if (job !== undefined) job.state = said === 2 ? 'COMPLETED' : 'RUNNING';
    return said < 2;
  }

  return {
    home,
    fetched,
    speak: async () => {
      for (const { jobId, token } of live()) {
        const agent = agents.get(jobId) ?? { jobId, token, said: 0, key: '', attempt: 0 };
        agents.set(jobId, agent);
        while (agent.said < 3 && (await sayNext(agent)));
      }
    },
  };
}
