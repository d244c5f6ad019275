import type { Clock, Gate, Machines, ObjectStore, Secrets, WorkerProvider } from '../ports/outside';
import type { Stores } from '../ports/stores';

/** Everything a use case may be given. Each use case and handler names the part it needs: `Pick<Deps, 'stores' | 'now'>`. */
export interface Deps {
  readonly stores: Stores;
  readonly objects: ObjectStore;
  readonly machines: Machines;
  readonly gate: Gate;
  /** By the name that batches and workers carry. */
  readonly providers: ReadonlyMap<string, WorkerProvider>;
  readonly secrets: Secrets;
  readonly now: Clock;
  /** First part of every key that leaves for the cluster. */
  readonly installation: string;
}
