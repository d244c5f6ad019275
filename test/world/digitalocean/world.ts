import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { leftOf } from '../stand-in';
import { leaseAddress, leaseAgain } from './addresses';
import { type Fault, type FaultRule, type LoggedRequest, type Operation, type Settings } from './control-schema';
import { type Droplet, SSH_PORT, statusOf } from './droplet';
import { RateLimit } from './rate-limit';
import type { Size } from './recorded';
import { bootSandbox } from './sandbox';

export interface NewDroplet {
  readonly name: string;
  readonly region: string;
  readonly size: Size;
  readonly image: string | number;
  readonly tags: readonly string[];
  readonly userData: string;
}

/** What the stand-in knows: droplets, what it was told, what it was asked. */
export class World {
  settings: Settings;
  readonly rateLimit = new RateLimit();
  readonly tags = new Set<string>();
  private made: Droplet[] = [];
  private rules: FaultRule[] = [];
  private log: LoggedRequest[] = [];
  private readonly booting = new Map<number, Promise<void>>();
  private readonly births = new Map<number, NodeJS.Timeout>();
  // Seconds since 2020: a later start of the stand-in does not give an earlier one's ids again.
  private nextId: number;

  constructor(
    private readonly stateDir: string,
    private readonly firstSettings: Settings,
    readonly now: () => number,
  ) {
    this.settings = firstSettings;
    this.nextId = Math.floor((Date.now() - Date.UTC(2020, 0)) / 1000);
  }

  /** All droplets ever made, the oldest first. */
  get droplets(): readonly Droplet[] {
    return this.made;
  }
  get faults(): readonly FaultRule[] {
    return this.rules;
  }
  get requests(): readonly LoggedRequest[] {
    return this.log;
  }

  statusOf(droplet: Droplet): ReturnType<typeof statusOf> {
    return statusOf(droplet, this.settings, this.now());
  }

  /** Makes a droplet, born now or late, and boots it at its birth. */
  async create(wanted: NewDroplet, faults: readonly Fault[]): Promise<Droplet> {
    const { boot } = this.settings;
    const late = faults.find((fault) => fault.kind === 'late-birth');
    const [id, actionId] = [this.nextId, this.nextId + 1];
    this.nextId += 2;
    const reused = faults.find((fault) => fault.kind === 'reuse-address');
    const lease =
      boot === 'sandbox'
        ? await (reused === undefined ? leaseAddress(SSH_PORT) : leaseAgain(reused.address, SSH_PORT))
        : { address: `203.0.113.${(id % 253) + 1}`, release: async () => undefined };
    const createdAt = this.now();
    const droplet: Droplet = {
      ...{ ...wanted, id, actionId, createdAt, boot, ...lease },
      bornAt: createdAt + (late?.seconds ?? 0) * 1000,
      isNeverActive: faults.some((fault) => fault.kind === 'never-active'),
      machine: null,
      destroy: null,
    };
    this.made.push(droplet);
    for (const tag of wanted.tags) this.tags.add(tag);
    if (boot === 'sandbox' && !droplet.isNeverActive) {
      if (late === undefined) this.boot(droplet);
      else
        this.births.set(
          id,
          setTimeout(() => this.boot(droplet), late.seconds * 1000),
        );
    }
    return droplet;
  }

  /** Those whose birth is still to come are born now. */
  bear(): void {
    for (const droplet of this.made.filter((each) => this.statusOf(each) === 'unborn')) {
      droplet.bornAt = this.now();
      clearTimeout(this.births.get(droplet.id));
      if (this.births.delete(droplet.id)) this.boot(droplet);
    }
  }

  private boot(droplet: Droplet): void {
    const { id, name, address, userData } = droplet;
    const booted = bootSandbox({ id, name, address, userData, sshPort: SSH_PORT, stateDir: this.stateDir }).then(
      (machine) => void (droplet.machine = machine),
      // To the API this droplet is active all the same, as one whose image does not boot.
      (error: unknown) => console.error(`droplet ${id} did not boot:`, error),
    );
    this.booting.set(id, booted);
  }

  /** Ends a droplet's processes and removes its disk; what it is waits until that is done. */
  destroy(droplet: Droplet): void {
    const destroy = { actionId: this.nextId, at: this.now(), done: false };
    this.nextId += 1;
    droplet.destroy = destroy;
    void this.clear(droplet)
      .then(() => (destroy.done = true))
      .catch((error: unknown) => console.error(`droplet ${droplet.id} was not removed:`, error));
  }

  private async clear(droplet: Droplet): Promise<void> {
    clearTimeout(this.births.get(droplet.id));
    await this.booting.get(droplet.id);
    await droplet.machine?.remove();
    droplet.machine = null;
    await droplet.release();
  }

  note(request: Omit<LoggedRequest, 'seq' | 'at' | 'status' | 'faults'>): LoggedRequest {
    const noted = { seq: this.log.length + 1, at: new Date(this.now()).toISOString(), status: null, faults: [], ...request };
    this.log.push(noted);
    return noted;
  }

  inject(rule: FaultRule): void {
    this.rules.push({ ...rule });
  }

  /** Uses up one time of the oldest rule of each kind that matches. */
  takeFaults(operation: Operation | null, line: string): readonly Fault[] {
    const taken: FaultRule[] = [];
    for (const rule of this.rules) {
      const isMeant = (rule.on === 'any' || rule.on === operation) && line.includes(rule.contains);
      if (isMeant && !taken.some((other) => other.fault.kind === rule.fault.kind)) taken.push(rule);
    }
    for (const rule of taken) rule.times -= 1;
    this.rules = this.rules.filter((rule) => rule.times > 0);
    return taken.map((rule) => rule.fault);
  }

  clearFaults(contains?: string): void {
    this.rules = leftOf(this.rules, contains);
  }
  clearRequests(): void {
    this.log = [];
  }

  /** Ends everything that runs; resolves when it has ended. */
  async end(): Promise<void> {
    await Promise.all(this.made.map((droplet) => this.clear(droplet)));
    await rm(join(this.stateDir, 'disks'), { recursive: true, force: true });
  }

  /** As at the start. */
  async reset(): Promise<void> {
    await this.end();
    this.made = [];
    this.tags.clear();
    this.clearFaults();
    this.clearRequests();
    this.rateLimit.clear();
    this.settings = this.firstSettings;
  }
}
