import type { Answer } from '../digitalocean/answer';
import type { CreateDroplet, DigitalOcean, Droplet, Size } from '../digitalocean/client';

type Call = 'create' | 'get' | 'list' | 'delete' | 'sizes';
/**
 * What a call meets. *lose-reply* is carried out and answers unknown, *lose-request* is not and does so too; *born-late* is a create whose reply is lost and whose
 * droplet comes into being some time later. The others are refusals.
 */
type Fault =
  | {
      readonly kind:
        'lose-reply' | 'lose-request' | 'rate-limited' | 'unreachable' | 'size-unavailable' | 'droplet-limit' | 'pending-event';
    }
  | { readonly kind: 'born-late'; readonly seconds: number };

export interface MemoryDroplet {
  readonly droplet: Droplet;
  readonly userData: string;
  readonly bornAt: Date;
}
export interface MemoryDigitalOcean extends DigitalOcean {
  /** The next `times` calls of this kind meet the fault. */
  fail(call: Call, fault: Fault, times?: number): void;
  /** While it is set no call reaches it. */
  unreachable: boolean;
  /** Droplets that exist now, by id. */
  alive(): ReadonlyMap<number, MemoryDroplet>;
  /** One ends without anybody having asked. */
  lose(id: number): void;
}
export interface MemorySettings {
  readonly now?: () => Date;
  /** Until a new droplet shows in lists. */
  readonly listLagSeconds?: number;
  /** Until one that was asked to end is no more. */
  readonly destroySeconds?: number;
  readonly onCall?: (call: Call) => void;
  readonly onCreate?: (made: MemoryDroplet) => void;
}

const size = (slug: string, vcpus: number, price: number): Size => ({
  ...{ slug, available: true, regions: ['fra1', 'ams3'], vcpus, memory: vcpus * 2048, disk: vcpus * 40, price_hourly: price },
});
/** On offer everywhere. */
export const MEMORY_SIZES: readonly Size[] = [
  size('s-2vcpu-4gb', 2, 0.035_71),
  size('s-4vcpu-8gb', 4, 0.071_43),
  size('s-8vcpu-16gb', 8, 0.142_86),
];

const done = <T>(value: T): Answer<T> => ({ outcome: 'done', value });
const lost = (): Answer<never> => ({ outcome: 'unknown', detail: 'the reply was lost' });
const refused = (reason: Extract<Answer<unknown>, { outcome: 'failed' }>['reason']): Answer<never> => ({
  ...{ outcome: 'failed', reason, detail: reason },
});

/** What is made, by id: born some time after it is asked for, ended some time after that. */
class Machines {
  private readonly made = new Map<number, MemoryDroplet>();
  private readonly endsAt = new Map<number, number>();

  constructor(
    private readonly now: () => Date,
    private readonly onCreate?: (made: MemoryDroplet) => void,
  ) {}

  find(id: number): MemoryDroplet | undefined {
    const [one, at] = [this.made.get(id), this.now().getTime()];
    if (one === undefined || at < one.bornAt.getTime()) return undefined;
    if (at < (this.endsAt.get(id) ?? Infinity)) return one;
    this.made.delete(id);
    return undefined;
  }
  alive(): ReadonlyMap<number, MemoryDroplet> {
    const found = [...this.made.keys()].map((id) => [id, this.find(id)] as const);
    return new Map(found.filter((entry): entry is [number, MemoryDroplet] => entry[1] !== undefined));
  }
  make(asked: CreateDroplet, id: number, inSeconds = 0): Droplet {
    const { price_hourly } = MEMORY_SIZES.find(({ slug }) => slug === asked.size) ?? { price_hourly: 0 };
    const droplet: Droplet = {
      ...{ id, name: asked.name, status: 'active', tags: [...(asked.tags ?? [])] },
      ...{ size: { slug: asked.size, price_hourly }, region: { slug: asked.region ?? '' } },
    };
    const one = { droplet, userData: asked.user_data ?? '', bornAt: new Date(this.now().getTime() + inSeconds * 1000) };
    this.made.set(id, one);
    this.onCreate?.(one);
    return droplet;
  }
  end(id: number, inSeconds: number): void {
    this.endsAt.set(id, Math.min(this.endsAt.get(id) ?? Infinity, this.now().getTime() + inSeconds * 1000));
  }
}

/** DigitalOcean in memory, behind the calls that the droplet adapter makes, with faults at will. A second droplet under one name is made without a word, as the real one does. */
export function memoryDigitalOcean(settings: MemorySettings = {}): MemoryDigitalOcean {
  const { now = () => new Date(), listLagSeconds = 0, destroySeconds = 0, onCall, onCreate } = settings;
  const machines = new Machines(now, onCreate);
  const faults = new Map<Call, Fault[]>();
  let lastId = 0;
  const listed = (wanted: (droplet: Droplet) => boolean): readonly Droplet[] =>
    [...machines.alive().values()]
      .filter(({ bornAt, droplet }) => now().getTime() - bornAt.getTime() >= listLagSeconds * 1000 && wanted(droplet))
      .map(({ droplet }) => droplet);
  const make = (asked: CreateDroplet, inSeconds?: number): Droplet => machines.make(asked, (lastId += 1), inSeconds);
  /** Counts the call, and meets its fault where one is due. */
  async function meet<T>(call: Call, work: () => Answer<T>, late?: (seconds: number) => void): Promise<Answer<T>> {
    onCall?.(call);
    const fault = memory.unreachable ? ({ kind: 'unreachable' } as const) : faults.get(call)?.shift();
    if (fault === undefined) return work();
    if (fault.kind === 'lose-reply') work();
    if (fault.kind === 'born-late') late?.(fault.seconds);
    const isLost = fault.kind === 'lose-reply' || fault.kind === 'lose-request' || fault.kind === 'born-late';
    return isLost ? lost() : refused(fault.kind);
  }
  const memory: MemoryDigitalOcean = {
    unreachable: false,
    fail: (call, fault, times = 1) => void faults.set(call, [...(faults.get(call) ?? []), ...Array<Fault>(times).fill(fault)]),
    alive: () => machines.alive(),
    lose: (id) => machines.end(id, 0),
    ...callsOf({ machines, listed, make, meet, destroySeconds }),
  };
  return memory;
}

interface Inside {
  readonly machines: Machines;
  readonly listed: (wanted: (droplet: Droplet) => boolean) => readonly Droplet[];
  readonly make: (asked: CreateDroplet, inSeconds?: number) => Droplet;
  readonly meet: <T>(call: Call, work: () => Answer<T>, late?: (seconds: number) => void) => Promise<Answer<T>>;
  readonly destroySeconds: number;
}
const callsOf = ({ machines, listed, make, meet, destroySeconds }: Inside): DigitalOcean => ({
  createDroplet: (asked) =>
    meet(
      'create',
      () => done(make(asked)),
      (seconds) => void make(asked, seconds),
    ),
  getDroplet: (id) =>
    meet('get', () => {
      const found = machines.find(id);
      return found === undefined ? refused('not-found') : done(found.droplet);
    }),
  dropletsByTag: (tag) => meet('list', () => done(listed(({ tags }) => tags.includes(tag)))),
  dropletsByName: (name) => meet('list', () => done(listed((droplet) => droplet.name.toLowerCase() === name.toLowerCase()))),
  deleteDroplet: (id) =>
    meet('delete', () => {
      if (machines.find(id) === undefined) return refused('not-found');
      machines.end(id, destroySeconds);
      return done(undefined);
    }),
  sizes: () => meet('sizes', () => done(MEMORY_SIZES)),
  account: async () => done({ droplet_limit: 1_000, status: 'active' }),
  limits: () => undefined,
});
