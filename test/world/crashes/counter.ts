/** Counts the effects of functions, and says when one is to end. */

/** A process that ended right after an effect, before it heard of it. */
export interface Crash {
  readonly fn: string;
  /** The study whose effects were counted; undefined where all were. */
  readonly subject: string | undefined;
  readonly n: number;
  readonly effect: string;
}
export interface Counter {
  /** Each of these functions ends once, right after its n-th effect on this study. */
  endAfter(subject: string, n: number, functions: ReadonlySet<string>): void;
  /** This function ends once, right after its n-th effect from now on, whatever it concerns; 0: never, and they are counted from now on. */
  endNext(fn: string, n: number): void;
  /** Effects by function, in their order. */
  effects(subject?: string): ReadonlyMap<string, readonly string[]>;
  readonly crashes: readonly Crash[];
  /** To be said of every effect that has come to be. @returns whether its process is to end now */
  count(fn: string, subject: string | undefined, effect: string): boolean;
}

const ANY = '';

export function effectCounter(): Counter {
  const effects = new Map<string, Map<string, string[]>>();
  const armed = new Map<string, { readonly n: number; readonly functions: ReadonlySet<string> }>();
  const crashes: Crash[] = [];
  const noted = (subject: string, fn: string, effect: string): number => {
    const of = effects.get(subject) ?? new Map<string, string[]>();
    const list = [...(of.get(fn) ?? []), effect];
    effects.set(subject, of.set(fn, list));
    return list.length;
  };
  const isLast = (subject: string, fn: string, effect: string): boolean => {
    const [n, due] = [noted(subject, fn, effect), armed.get(subject)];
    if (due?.n !== n || !due.functions.has(fn)) return false;
    crashes.push({ fn, subject: subject === ANY ? undefined : subject, n, effect });
    return true;
  };
  return {
    crashes,
    endAfter: (subject, n, functions) => void armed.set(subject, { n, functions }),
    endNext: (fn, n) => {
      effects.get(ANY)?.delete(fn);
      armed.set(ANY, { n, functions: new Set([fn]) });
    },
    effects: (subject = ANY) => effects.get(subject) ?? new Map<string, string[]>(),
    count: (fn, subject, effect) => {
      const ends = [subject, ANY].map((each) => each !== undefined && isLast(each, fn, effect));
      return ends.includes(true);
    },
  };
}
