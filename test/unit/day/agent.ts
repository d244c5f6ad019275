/** What an agent does on its machine, in short: enrols, says that it starts, works, reports, waits for its orders. */
import type { MemoryObjects } from '../../../layers/adapters/fakes/objects';
import type { PlannedRun } from '../../../layers/core/wire';
import type { Clock } from './clock';
import type { Luck } from './luck';
import { contentOf, keyOf, STAGE } from './plan';
import type { Answer, Post } from './post';

/** Where an agent runs. */
export interface Host {
  isAlive(): boolean;
  /** What lies where its results lie, by fetch key: true until home has it. */
  readonly results: Set<string>;
  /** Present where it is pulled from. */
  readonly ssh?: object;
  /** What it says lies there to be read, whether or not it is heard. */
  readonly leave?: (word: object) => void;
  /** Its job is over; what it leaves is this report. */
  over(report: object): void;
}
export interface AgentWorld {
  readonly clock: Clock;
  readonly luck: Luck;
  readonly post: Post;
  readonly objects: MemoryObjects;
}
/** As the real one: so often at first, then seldom. */
const ALIVE = { often: 4, oftenSeconds: 30, seldomSeconds: 240 } as const;
const AGAIN_SECONDS = 30;

export class Agent {
  private seq = 0;
  private beats = 0;
  private key = '';
  private attempt = 1;
  private silentUntil = 0;
  private state: 'working' | 'over' | 'dead' = 'working';

  constructor(
    private readonly world: AgentWorld,
    private readonly host: Host,
    private readonly jobId: string,
    private readonly token: string,
    private readonly runsOf: () => Promise<readonly PlannedRun[]>,
  ) {}

  async enrol(): Promise<void> {
    if (!this.isAlive()) return;
    const request = { v: 1, jobId: this.jobId, token: this.token, nonce: `nonce-of-${this.jobId}` };
    const answer = await this.world.post('/callbacks/enrol', request);
    if (answer?.status === 403) return;
    if (answer?.status !== 200) {
      this.later(AGAIN_SECONDS, () => this.enrol());
      return;
    }
    this.key = String(answer.body['key']);
    this.attempt = Number(answer.body['attempt']);
    await this.begin(await this.runsOf());
  }

  private async begin(runs: readonly PlannedRun[]): Promise<void> {
    const { clock, luck } = this.world;
    const seconds = luck.between(600, 3_000);
    this.later(seconds, () => this.end(runs, 'finished'));
    this.later(ALIVE.oftenSeconds, () => this.beat(runs));
    if (luck.meets('agent-dies')) this.later(luck.between(0, seconds), () => void (this.state = 'dead'));
    if (luck.meets('agent-silent')) {
      const [from, lasts] = [luck.between(60, seconds), luck.between(1_800, 7_200)];
      this.later(from, () => void (this.silentUntil = clock.now().getTime() + lasts * 1000));
    }
    await this.insist('started', this.host.ssh === undefined ? {} : { ssh: this.host.ssh }, runs);
  }

  private isAlive = (): boolean => this.state !== 'dead' && this.host.isAlive();
  private later(seconds: number, work: () => unknown): void {
    this.world.clock.after(seconds, () => (this.isAlive() ? work() : undefined));
  }

  private async say(kind: string, body: object): Promise<Answer | undefined> {
    this.seq += 1;
    const message = { v: 1, jobId: this.jobId, attempt: this.attempt, seq: this.seq, sentAt: 'x', kind, body };
    this.host.leave?.(message);
    if (this.world.clock.now().getTime() < this.silentUntil) return undefined;
    return this.world.post(`/callbacks/${this.jobId}`, message, this.key);
  }
  private async insist(kind: string, body: object, runs: readonly PlannedRun[]): Promise<void> {
    const answer = await this.say(kind, body);
    if (answer === undefined) this.later(AGAIN_SECONDS, () => this.insist(kind, body, runs));
    else await this.follow(answer, runs);
  }
  private async beat(runs: readonly PlannedRun[]): Promise<void> {
    this.beats += 1;
    this.later(this.beats < ALIVE.often ? ALIVE.oftenSeconds : ALIVE.seldomSeconds, () => this.beat(runs));
    const answer = await this.say('alive', {});
    if (answer !== undefined) await this.follow(answer, runs);
  }

  private async follow({ body }: Answer, runs: readonly PlannedRun[]): Promise<void> {
    if (body['order'] === 'stop' && this.state === 'working') await this.end(runs, 'failed');
    if (body['order'] === 'rescue') await this.rescue(runs);
  }

  private async end(runs: readonly PlannedRun[], result: 'finished' | 'failed'): Promise<void> {
    if (this.state !== 'working') return;
    this.state = 'over';
    const at = this.world.clock.now().toISOString();
    const words = runs.map((run) => {
      const failed = result === 'failed' || this.world.luck.meets('runs-fail');
      if (!failed) this.host.results.add(keyOf(run));
      return { accession: run.accession, ...(failed ? { result: 'failed', reason: 'truncated' } : { result: 'done' }) };
    });
    const reason = result === 'failed' ? 'stopped' : null;
    const report = { v: 1, jobId: this.jobId, kind: 'run', result, reason, exitCode: 0, startedAt: at, endedAt: at, runs: words };
    this.host.over(report);
    await this.insist(result, report, runs);
  }

  /** Puts what it has into the bucket, file by file, and says so. */
  private async rescue(runs: readonly PlannedRun[]): Promise<void> {
    const own = runs.filter((run) => this.host.results.has(keyOf(run)));
    for (const { accession, files } of own) {
      const path = `${STAGE.name}/${accession}/${files[0]?.name ?? ''}`;
      const answer = await this.world.post(`/callbacks/${this.jobId}/links`, { v: 1, files: [{ path, bytes: 100 }] }, this.key);
      const [link] = (answer?.body['links'] ?? []) as readonly { readonly url: string }[];
      if (link === undefined) return;
      await this.world.objects.send(link.url, contentOf(accession));
    }
    await this.say('rescued', { files: own.length, bytes: own.length * 100, failed: 0 });
  }
}
