import type { Place } from './place';
import { newSource, type WatchedSource } from './watched-source';

/** Begun now, awaited in its own test: a failure before that is not lost and ends no process. */
export function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

export interface Cast<Name extends string> {
  /** A source for each name; to be called once, before the first test. */
  readonly gather: (place: Place) => Promise<void>;
  readonly the: (name: Name) => WatchedSource;
}

/** The sources of a file's tests by what befalls them. @param runs how many runs, where not two */
export function castOf<Name extends string>(names: readonly Name[], runs: Partial<Record<Name, number>> = {}): Cast<Name> {
  const sources = new Map<Name, WatchedSource>();
  return {
    gather: async (place) => {
      for (const [at, name] of names.entries()) sources.set(name, await newSource(place, at + 1, runs[name]));
    },
    the: (name) => {
      const found = sources.get(name);
      if (!found) throw new Error(`no source for "${name}"`);
      return found;
    },
  };
}
