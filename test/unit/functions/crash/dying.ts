/** Functions that die: a process that ends right after its n-th effect outside itself. Nothing of it runs afterwards, no catch and no finally. */
import type { AllDeps } from './functions';

/** What a method of a port must be called to change nothing. All others are effects, so that a new one is counted unless it is named here. */
const READS: ReadonlySet<string> = new Set([
  ...[
    'get',
    'list',
    'due',
    'ofSource',
    'withStatus',
    'alive',
    'counted',
    'counters',
    'committed',
    'spending',
    'open',
    'ofWorker',
    'running',
  ],
  ...['report', 'keeps', 'getJson', 'exists', 'readLines', 'download', 'status', 'tail', 'disk', 'capabilities', 'find', 'probe', 'price'],
]);

export interface Death {
  /** Name of the function, as its Task state is called. */
  readonly fn: string;
  /** The effect after which it dies, counted over all its runs. */
  readonly effect: number;
  /** How many of its runs in a row die: each at its effect of the same number, or at its end. */
  readonly deaths: number;
  /** It does not die: the answer to this effect is lost, and the client asks again, as that of AWS does. Of a conditional write it hears that the condition does not hold. */
  readonly answer?: 'lost';
}
export class ProcessEnded extends Error {
  override readonly name = 'Runtime.ExitError';
}
/** One run of a function. */
interface Life {
  effects: number;
  isDead: boolean;
}
const isDead = (life: Life): boolean => life.isDead;
const never = new Promise<never>(() => undefined);

export class Mortality {
  /** Effects of each function, in order: `stores.batches.change`. */
  readonly effects = new Map<string, string[]>();
  deaths = 0;
  private within = 0;

  constructor(private readonly death?: Death) {}

  /** Runs a function once; it ends as the process does that it runs in. */
  async run(fn: string, deps: AllDeps, call: (deps: AllDeps) => Promise<unknown>): Promise<unknown> {
    const life: Life = { effects: 0, isDead: false };
    let end: (error: Error) => void = () => undefined;
    const ended = new Promise<never>((_, reject) => (end = reject));
    const onEffect = (name: string): 'lost' | undefined => {
      life.effects += 1;
      const before = this.effects.get(fn) ?? [];
      this.effects.set(fn, [...before, name]);
      if (!this.isFatal(fn, before.length + 1, life.effects)) return undefined;
      if (this.death?.answer === 'lost') {
        this.deaths += 1;
        return 'lost';
      }
      this.die(life);
      end(new ProcessEnded(`${fn} after effect ${before.length + 1}, ${name}`));
      return undefined;
    };
    const returned = await Promise.race([call(mortal(deps, life, onEffect)), ended]);
    // A run that dies again, and had fewer effects than the first: its answer is what is lost.
    if (this.death?.fn === fn && this.deaths > 0 && this.deaths < this.death.deaths) {
      this.die(life);
      throw new ProcessEnded(`${fn} before its answer`);
    }
    return returned;
  }

  private die(life: Life): void {
    life.isDead = true;
    this.deaths += 1;
    if (this.deaths === 1) this.within = life.effects;
  }

  private isFatal(fn: string, effect: number, within: number): boolean {
    if (this.death === undefined || fn !== this.death.fn || this.deaths >= this.death.deaths) return false;
    return this.deaths === 0 ? effect === this.death.effect : within === this.within;
  }
}

/** The ports as a run of a function sees them: silent for good once it is dead. */
function mortal(deps: AllDeps, life: Life, onEffect: (name: string) => 'lost' | undefined): AllDeps {
  const port = <T extends object>(target: T, path: string): T =>
    new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function' || typeof name !== 'string') return member;
        if (name === 'readLines') return member.bind(target) as unknown;
        return async (...args: unknown[]): Promise<unknown> => {
          if (isDead(life)) return never;
          const ask = (): unknown => (member as (...given: unknown[]) => unknown).apply(target, args);
          const answer: unknown = await ask();
          const isLost = !isDead(life) && !READS.has(name) && onEffect(`${path}.${name}`) === 'lost';
          return isDead(life) ? never : isLost ? ask() : answer;
        };
      },
    });
  const each = <T extends object>(ports: T, path: string): T =>
    Object.fromEntries(Object.entries(ports).map(([name, one]) => [name, port(one as object, `${path}.${name}`)])) as T;
  return {
    ...deps,
    stores: each(deps.stores, 'stores'),
    objects: port(deps.objects, 'objects'),
    machines: port(deps.machines, 'machines'),
    gate: port(deps.gate, 'gate'),
    providers: new Map([...deps.providers].map(([name, provider]) => [name, port(provider, `providers.${name}`)])),
  };
}
