import { seededRandom } from '../../world/ena/random';

/** What goes wrong, and how often of a hundred times that it might. */
export const ODDS = {
  'create-reply-lost': 2,
  'create-request-lost': 1,
  'born-late': 1,
  'size-out': 3,
  'create-rate-limited': 1,
  'provider-silent': 1,
  'destroy-locked': 5,
  'never-boots': 2,
  'machine-vanishes': 1.5,
  'agent-dies': 1,
  'agent-silent': 2,
  'callback-lost': 3,
  'callback-reply-lost': 2,
  'callback-again': 2,
  'runs-fail': 3,
  'file-damaged': 1,
  'submit-reply-lost': 2,
  'submit-not-sent': 1,
  'gate-silent': 1,
  'node-fails': 1.5,
  'report-unheard': 5,
  'sweep-unreachable': 5,
  'pull-refused': 1,
  'dies-before-effect': 0.05,
  'dies-after-effect': 0.05,
  'execution-fails': 8,
  'end-unheard': 30,
  'tick-missed': 2,
  'tick-twice': 2,
} as const;
export type Mishap = keyof typeof ODDS;

export interface Luck {
  readonly met: ReadonlyMap<Mishap, number>;
  /** Does it go wrong this time? Counted. */
  meets(mishap: Mishap): boolean;
  /** Anything from `least` to `most`. */
  between(least: number, most: number): number;
}

export function luckOf(seed: number): Luck {
  const random = seededRandom(seed);
  const met = new Map<Mishap, number>();
  return {
    met,
    between: (least, most) => least + random() * (most - least),
    meets: (mishap) => {
      if (random() * 100 >= ODDS[mishap]) return false;
      met.set(mishap, (met.get(mishap) ?? 0) + 1);
      return true;
    },
  };
}

const EFFECTS =
  /^(change|add|addPlanned|admit|free|note|raiseSeq|spendEnrolment|claim|addWaiter|release|put|learn|settle|arrive|markAnswered|append|mendCounter|start|answer|putJson)$/;

/** The same port as a function sees that may die at any effect: before it, or after it and before anybody is told. */
export function mortal<T extends object>(port: T, luck: Luck): T {
  return new Proxy(port, {
    get: (target, name, receiver) => {
      const found: unknown = Reflect.get(target, name, receiver);
      if (typeof found !== 'function' || typeof name !== 'string' || !EFFECTS.test(name)) return found;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        if (luck.meets('dies-before-effect')) throw new Error(`died before ${name}`);
        const result: unknown = await Reflect.apply(found, target, args);
        if (luck.meets('dies-after-effect')) throw new Error(`died after ${name}`);
        return result;
      };
    },
  });
}
export const mortalAll = <T extends Readonly<Record<keyof T, object>>>(ports: T, luck: Luck): T =>
  Object.fromEntries(Object.entries<object>(ports).map(([name, port]) => [name, mortal(port, luck)])) as T;
