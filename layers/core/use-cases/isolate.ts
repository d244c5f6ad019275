import { TickIncompleteError } from '../errors';

/** Runs one part of a tick; a failure is kept and the others go on. undefined: it failed. */
export type Isolate = <T>(id: string, work: () => Promise<T>) => Promise<T | undefined>;

/**
 * One failing source or batch must never hold the others back: parts run by `isolate` fail alone, and `raise` throws once all are done.
 */
export function isolation(): {
  readonly isolate: Isolate;
  readonly raise: () => void;
  readonly failures: readonly { readonly id: string; readonly error: unknown }[];
} {
  const failures: { readonly id: string; readonly error: unknown }[] = [];
  return {
    failures,
    isolate: async (id, work) => {
      try {
        return await work();
      } catch (error) {
        failures.push({ id, error });
        return undefined;
      }
    },
    raise: () => {
      if (failures.length > 0) throw new TickIncompleteError(failures, { cause: failures[0]?.error });
    },
  };
}
