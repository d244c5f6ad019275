import { jobKeyOf, jobIdOf } from '../../../layers/core/ids';
import type { Worker } from '../../../layers/core/entities';
import type { Place } from '../faults/place';
import type { WatchedSource } from '../faults/watched-source';
import { dropletsOf, type Made } from './machines';

const isAlive = ({ status }: Made): boolean => status !== 'destroyed' && status !== 'unborn';
const keyOf = ({ installation }: Place, { workerId }: Worker): string => jobKeyOf(installation.name, jobIdOf(workerId, 'fetch'));
const batchOf = (key: string): string => key.slice(0, key.lastIndexOf('.a'));

export interface Seen {
  readonly workers: readonly Worker[];
  readonly alive: readonly Made[];
  readonly made: readonly Made[];
}

/** What lives for a source at one moment, by the table and by the provider. */
export async function look(place: Place, source: WatchedSource): Promise<Seen> {
  const workers = (await place.stores.workers.alive()).filter(({ sourceId }) => sourceId === source.sourceId);
  const made = await dropletsOf(place, source);
  return { workers, made, alive: made.filter(isAlive) };
}

const twice = (names: readonly string[]): readonly string[] => names.filter((name, at) => names.indexOf(name) !== at);

/**
 * What must not be at any moment: a batch with two workers of which none was asked to end, a name with two droplets. One that was asked to end keeps its
 * slot until it is seen gone, beside its successor. The table is read shard by shard, so a worker that goes in
 * between may show beside its successor: what looks double is read once more, and nobody who is gone comes back.
 */
export async function doubled({ stores }: Place, { workers, made }: Seen): Promise<readonly string[]> {
  const suspects = new Set(twice(workers.map(({ batchId }) => batchId)));
  const again = await Promise.all(
    workers.filter(({ batchId }) => suspects.has(batchId)).map(({ workerId }) => stores.workers.get(workerId)),
  );
  const living = again.flatMap((worker) =>
    worker === undefined || worker.status === 'gone' || worker.status === 'destroying' ? [] : [worker.batchId],
  );
  return [...twice(living), ...twice(made.map(({ name }) => name))];
}

/** Every worker has its droplet, known by its number, and every droplet its worker: nothing is looked for any more. */
export const isPaired = (place: Place, { workers, alive }: Seen, batches: number): boolean =>
  workers.length === batches &&
  alive.length === batches &&
  workers.every((worker) => alive.some(({ name, id }) => name === keyOf(place, worker) && String(id) === worker.providerRef));

/** How many droplets were ever made for each batch, sorted. */
export function madePerBatch({ made }: Seen): readonly number[] {
  const counts = new Map<string, number>();
  for (const { name } of made) counts.set(batchOf(name), (counts.get(batchOf(name)) ?? 0) + 1);
  return [...counts.values()].sort((one, other) => one - other);
}
