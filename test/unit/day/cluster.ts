/** The laboratory's cluster on that day: jobs that wait, run, end, die and go unheard, behind the gate in memory. */
import type { MemoryGate } from '../../../layers/adapters/fakes/gate';
import { attemptKeyOf } from '../../../layers/core/callbacks/keys';
import type { Gate } from '../../../layers/core/ports/outside';
import type { Stores } from '../../../layers/core/ports/stores';
import type { PlannedRun, SubmitRequest } from '../../../layers/core/wire';
import { Agent, type AgentWorld, type Host } from './agent';
import { MASTER } from './installation';
import { keyOf } from './plan';

export interface ClusterWorld extends AgentWorld {
  readonly stores: Stores;
  /** Published and verified, by fetch key: the truth. */
  readonly home: Set<string>;
  /** What lies on a droplet that can be pulled from; undefined: nothing answers there. */
  readonly pull: (host: string) => Pulled | undefined;
}
export interface Pulled {
  readonly results: Set<string>;
  /** What its agent said last. */
  readonly word?: object | undefined;
}
type State = 'PENDING' | 'RUNNING' | 'OVER';

export class Cluster {
  /** While it is set the head node answers nothing. */
  away = false;
  private readonly states = new Map<string, State>();
  private readonly staged = new Map<string, Set<string>>();

  constructor(
    private readonly world: ClusterWorld,
    private readonly gate: MemoryGate,
  ) {}

  readonly living = (): readonly string[] => [...this.states].filter(([, state]) => state !== 'OVER').map(([jobId]) => jobId);
  readonly resultsOf = (workerId: string): Set<string> => {
    const found = this.staged.get(workerId) ?? new Set<string>();
    this.staged.set(workerId, found);
    return found;
  };

  /** The gate as the bridge reaches it that day. */
  port(): Gate {
    const { gate } = this;
    const { luck } = this.world;
    const silent = { outcome: 'unknown', detail: 'no answer' } as const;
    const may = <T>(ask: () => Promise<T>): Promise<T | typeof silent> =>
      this.away || luck.meets('gate-silent') ? Promise.resolve(silent) : ask();
    return {
      submit: async (request) => {
        if (this.away) return { gate: 1, outcome: 'failed', reason: 'unreachable', detail: 'no connection' };
        if (luck.meets('submit-reply-lost')) gate.fail('submit', 'lost-reply');
        else if (luck.meets('submit-not-sent')) gate.fail('submit', 'not-sent');
        const before = gate.submitted.length;
        const answer = await gate.submit(request);
        gate.submitted.slice(before).forEach((made) => this.accept(made));
        return answer;
      },
      status: (jobs, installation) => may(() => gate.status(jobs, installation)),
      tail: (jobId, file, bytes) => may(() => gate.tail(jobId, file, bytes)),
      cancel: (jobId, key) =>
        may(async () => {
          if (this.states.has(jobId)) this.states.set(jobId, 'OVER');
          return gate.cancel(jobId, key);
        }),
      disk: () => may(() => gate.disk()),
      capabilities: () => may(() => gate.capabilities()),
    };
  }

  private accept(request: SubmitRequest): void {
    const { clock, luck } = this.world;
    const { jobId, kind } = request;
    this.states.set(jobId, 'PENDING');
    clock.after(luck.between(2, kind === 'run' ? 900 : 40), () => {
      if (this.states.get(jobId) !== 'PENDING') return;
      this.states.set(jobId, 'RUNNING');
      this.gate.move(jobId, { state: 'RUNNING', locked: true });
      if (luck.meets('node-fails')) clock.after(luck.between(1, 1_200), () => this.over(jobId, 'NODE_FAIL', null));
      if (kind === 'run') return this.work(request);
      clock.after(luck.between(10, 90), () => this.serve(request));
    });
  }
  private over(jobId: string, state: string, report: object | null): boolean {
    if (this.states.get(jobId) !== 'RUNNING') return false;
    this.states.set(jobId, 'OVER');
    this.gate.move(jobId, { state, report });
    return true;
  }

  private work({ jobId, spec, enrolment }: SubmitRequest): Promise<void> {
    const host: Host = {
      isAlive: () => this.states.get(jobId) === 'RUNNING',
      results: this.resultsOf(String(spec['workerId'])),
      // The agent's last word leaves with the job's end, which is seen a moment later.
      over: (report) => this.world.clock.after(this.world.luck.between(1, 20), () => this.over(jobId, 'COMPLETED', report)),
    };
    const runs = spec['runs'] as readonly PlannedRun[];
    return new Agent(this.world, host, jobId, enrolment?.token ?? '', async () => runs).enrol();
  }

  /** A job that serves: sweep, verify, index, clean. Its report lies in its directory, and is mostly heard as well. */
  private async serve(request: SubmitRequest): Promise<void> {
    const { jobId, kind } = request;
    if (this.states.get(jobId) !== 'RUNNING') return;
    const at = this.world.clock.now().toISOString();
    const said = kind === 'sweep' || kind === 'verify' ? this.verify(request) : { result: 'finished', entries: 1, samplesheet: 'x' };
    const report = { v: 1, jobId, kind, startedAt: at, endedAt: at, ...said };
    this.over(jobId, 'COMPLETED', report);
    const job = await this.world.stores.jobs.get(jobId);
    if (job === undefined || this.world.luck.meets('report-unheard')) return;
    const message = { v: 1, jobId, attempt: job.attempt, seq: 1, sentAt: at, kind: said.result, body: report };
    await this.world.post(`/callbacks/${jobId}`, message, attemptKeyOf(MASTER, jobId, job.attempt));
  }

  private verify({ kind, spec }: SubmitRequest): { readonly result: string } & object {
    const { luck, home, pull } = this.world;
    const host = (spec['pull'] as { readonly host?: string } | undefined)?.host;
    const pulled: Pulled | undefined = kind === 'verify' ? { results: this.resultsOf(String(spec['workerId'])) } : pull(host ?? '');
    const there = pulled?.results;
    const failed = (reason: string) => ({ result: 'failed', reason, runs: [] });
    if (there === undefined || luck.meets('sweep-unreachable')) return failed('worker-unreachable');
    if (kind === 'sweep' && luck.meets('pull-refused')) return failed('pull-refused');
    const isEarly = spec['early'] === true;
    // Of a worker that works only what is done is looked at.
    const asked = (spec['runs'] as readonly PlannedRun[]).filter((run) => !isEarly || there.has(keyOf(run)));
    const runs = asked.map((run) => {
      const [key, { accession, filesHash }] = [keyOf(run), run];
      if (!there.has(key)) return { accession, filesHash, result: 'missing' };
      if (luck.meets('file-damaged')) {
        there.delete(key);
        return { accession, filesHash, result: 'refused', reason: 'md5-mismatch' };
      }
      home.add(key);
      return { accession, filesHash, result: 'verified' };
    });
    return { result: 'finished', ...{ runs }, ...(isEarly && { word: pulled?.word }) };
  }
}
