/** Looks at that day from outside: at every write that admits or frees, at every machine that is made or ended, and once a minute at everything. */
import type { MemoryDroplet } from '../../../layers/adapters/fakes/digitalocean';
import type { Worker } from '../../../layers/core/entities';
import { windowOf } from '../../../layers/core/money/budget';
import type { Stores, WorkerStore } from '../../../layers/core/ports/stores';
import type { Clock } from './clock';
import { BUDGET, CAPS, INSTALLATION } from './installation';

/** Five minutes (I4), and what a provider that cannot be asked costs besides. */
const GONE_WITHIN_SECONDS = 300;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

interface Machine extends MemoryDroplet {
  readonly workerId: string;
  readonly results: ReadonlySet<string>;
  endedAt?: number;
}
interface Seen {
  sweptAt?: number;
  goneAt?: number;
  letGo: boolean;
}
export const keepsIn = (results: ReadonlySet<string> | undefined): readonly string[] => [...(results ?? [])];

export class Watch {
  readonly broken: string[] = [];
  readonly machines = new Map<number, Machine>();
  readonly callsByMinute = new Map<number, number>();
  /** Seconds from *swept* to *gone*, of each worker. */
  readonly endSeconds: number[] = [];
  /** When providers could not be reached. */
  private readonly outages: { readonly provider: string; readonly from: number; readonly until: number }[] = [];
  private readonly seen = new Map<string, Seen>();
  private raisedDollars = 0;

  constructor(
    private readonly clock: Clock,
    private readonly stores: Stores,
    private readonly home: ReadonlySet<string>,
  ) {}

  private say(what: string): void {
    if (this.broken.length < 20) this.broken.push(`${this.clock.now().toISOString()} ${what}`);
  }
  outage(provider: string, seconds: number): void {
    const from = this.clock.now().getTime();
    this.outages.push({ provider, from, until: from + seconds * 1000 });
  }
  called(): void {
    const minute = Math.floor(this.clock.now().getTime() / MINUTE_MS);
    this.callsByMinute.set(minute, (this.callsByMinute.get(minute) ?? 0) + 1);
  }

  /** The stores, with every change of a worker seen in the moment it stands. */
  observed(): Stores {
    const { workers } = this.stores;
    const change: WorkerStore['change'] = async (workerId, asked) => {
      const before = await workers.get(workerId);
      const written = await workers.change(workerId, asked);
      if (written.outcome === 'written') this.changed(before, written.item, asked.event.type);
      return written;
    };
    const admit: WorkerStore['admit'] = async (admission) => {
      const admitted = await workers.admit(admission);
      if (admitted.outcome === 'admitted') await this.limits(`the admission of ${admission.worker.workerId}`, 0);
      return admitted;
    };
    const free: WorkerStore['free'] = async (...asked) => {
      const freed = await workers.free(...asked);
      if (freed.outcome === 'written') this.freed(freed.item);
      return freed;
    };
    return { ...this.stores, workers: { ...workers, change, admit, free } };
  }
  private of(workerId: string): Seen {
    const seen = this.seen.get(workerId) ?? { letGo: false };
    this.seen.set(workerId, seen);
    return seen;
  }
  private changed(before: Worker | undefined, after: Worker, type: string): void {
    const seen = this.of(after.workerId);
    if (after.status === 'swept' && before?.status !== 'swept') seen.sweptAt = this.clock.now().getTime();
    if (type === 'worker-give-up' || type === 'worker-rescued') seen.letGo = true;
    this.raisedDollars += Math.max(0, after.reservedDollars - (before?.reservedDollars ?? 0));
  }
  private freed({ workerId, provider }: Worker): void {
    const seen = this.of(workerId);
    const now = this.clock.now().getTime();
    seen.goneAt = now;
    for (const machine of this.aliveOf(workerId))
      if (machine.bornAt.getTime() <= now - MINUTE_MS) this.say(`${workerId} is called gone, and its machine ${machine.droplet.id} lives`);
    if (seen.sweptAt === undefined) return;
    const { sweptAt } = seen;
    const own = this.outages.filter((outage) => outage.provider === provider);
    const away = own.reduce((sum, { from, until }) => sum + Math.max(0, Math.min(until, now) - Math.max(from, sweptAt)), 0);
    this.endSeconds.push((now - sweptAt) / 1000);
    if (now - sweptAt - away > GONE_WITHIN_SECONDS * 1000)
      this.say(`I4: ${workerId} was swept at ${new Date(sweptAt).toISOString()} and is gone only now`);
  }

  made(made: MemoryDroplet, results: ReadonlySet<string>): void {
    const jobId = made.droplet.name.slice(INSTALLATION.length + 1);
    this.machines.set(made.droplet.id, { ...made, results, workerId: jobId.slice(0, jobId.lastIndexOf('.')) });
  }
  ended(id: number): void {
    const machine = this.machines.get(id);
    if (machine !== undefined) machine.endedAt ??= this.clock.now().getTime();
  }
  /** I5: what it holds is home, or was let go of in so many words. */
  async destroyed(id: number, holds: readonly string[]): Promise<void> {
    this.ended(id);
    const { workerId = '' } = this.machines.get(id) ?? {};
    const lost = holds.filter((key) => !this.home.has(key));
    if (lost.length === 0 || this.of(workerId).letGo) return;
    const story = (await this.stores.workers.get(workerId))?.status ?? 'unknown';
    this.say(`I5: machine ${id} of ${workerId} (${story}) is destroyed with ${lost.join(', ')}`);
  }
  private aliveOf(workerId: string): readonly Machine[] {
    const now = this.clock.now().getTime();
    return [...this.machines.values()].filter(
      (one) => one.workerId === workerId && one.endedAt === undefined && one.bornAt.getTime() <= now,
    );
  }

  /** I3 and I10 by the table; `spareDollars`: what was raised for workers that live longer than was thought. */
  private async limits(when: string, spareDollars: number): Promise<void> {
    const counters = new Map((await this.stores.workers.counters()).map(({ scope, workers }) => [scope, workers]));
    const limits = { total: CAPS.total, 'pool/scheduled': CAPS.pools.scheduled, 'pool/manual': CAPS.pools.manual };
    const all = { ...limits, 'provider/droplet': CAPS.providers.droplet, 'provider/slurm': CAPS.providers.slurm };
    for (const [scope, most] of Object.entries(all))
      if ((counters.get(scope) ?? 0) > most) this.say(`I3: ${scope} is ${counters.get(scope)} at ${when}, ${most} are allowed`);
    const { reservedDollars, dayDollars } = await this.stores.money.committed(windowOf(this.clock.now(), BUDGET));
    const most = (BUDGET.dollarsPerDay ?? 0) + spareDollars;
    if (reservedDollars + dayDollars > most + 0.001)
      this.say(`I10: ${reservedDollars} and ${dayDollars} dollars at ${when}, ${most} may be`);
  }
  /** Table against truth. */
  async minute(): Promise<void> {
    await this.limits('this minute', this.raisedDollars);
    const now = this.clock.now().getTime();
    const alive = await this.stores.workers.counted();
    const counted = new Map<string, number>();
    for (const { scopes, worker } of alive) for (const scope of scopes) counted.set(scope, (counted.get(scope) ?? 0) + worker.slots);
    for (const { scope, workers } of await this.stores.workers.counters())
      if (workers !== (counted.get(scope) ?? 0)) this.say(`${scope} counts ${workers}, alive are ${counted.get(scope) ?? 0}`);
    const known = new Map(alive.map(({ worker }) => [worker.workerId, worker]));
    const standing = [...this.machines.values()].filter((one) => one.endedAt === undefined && one.bornAt.getTime() <= now);
    const owned = standing.filter(({ workerId }) => known.has(workerId));
    if (owned.length > CAPS.providers.droplet) this.say(`I3: ${owned.length} machines stand, ${CAPS.providers.droplet} are allowed`);
    for (const { workerId, droplet, bornAt } of owned) {
      const cost = Math.ceil((now - bornAt.getTime()) / HOUR_MS) * (droplet.size?.price_hourly ?? 0);
      const reserved = known.get(workerId)?.reservedDollars ?? 0;
      if (cost > reserved + 0.001) this.say(`I10: ${workerId} has cost ${cost}, ${reserved} are reserved`);
    }
  }
  /** Machines that were born when their worker was gone already: nobody's reservation covers them, and the reaper ends them. */
  orphans(): readonly Machine[] {
    return [...this.machines.values()].filter(
      ({ workerId, bornAt }) => (this.seen.get(workerId)?.goneAt ?? Infinity) <= bornAt.getTime() + MINUTE_MS,
    );
  }
  /** US dollars that the machines of known workers have cost, hours begun counted whole. */
  trueDollars(): number {
    const orphans = new Set(this.orphans());
    return [...this.machines.values()]
      .filter((one) => !orphans.has(one))
      .reduce((sum, one) => {
        const hours = Math.max(1, Math.ceil(((one.endedAt ?? this.clock.now().getTime()) - one.bornAt.getTime()) / HOUR_MS));
        return sum + hours * (one.droplet.size?.price_hourly ?? 0);
      }, 0);
  }
}
