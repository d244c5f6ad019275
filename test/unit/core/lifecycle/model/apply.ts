import type { Batch, Job, Source, Worker } from '../../../../../layers/core/entities';
import type { EntityOfSource as Entity, EventOf, ItemOf } from '../../../../../layers/core/lifecycle/types';
import { nextStatusBy, type NextStatus, type Tables } from '../../../../../layers/core/lifecycle/table';
import { merged } from '../../../../../layers/adapters/merge';
import { buildChange, type Intent } from '../../../../../layers/core/use-cases/change-status';
import { dateOf, has, type World } from './world';

const deciders = new WeakMap<Tables, NextStatus>();
function deciderOf(tables: Tables): NextStatus {
  const known = deciders.get(tables) ?? nextStatusBy(tables);
  deciders.set(tables, known);
  return known;
}

const itemsOf = (world: World, entity: Entity): Map<string, Batch | Worker | Job | Source> =>
  ({ batch: world.batches, worker: world.workers, job: world.jobs, source: world.sources })[entity];
const count = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

export type Told<E extends Entity> = Omit<Intent<ItemOf<E>>, 'actor'>;

/** One conditional write along the table, as production makes it: the very `buildChange`, then its conditions. @returns whether it was made */
export function change<E extends Entity>(world: World, entity: E, id: string, event: EventOf<E>, told: Told<E> = {}): boolean {
  const item = itemsOf(world, entity).get(id) as ItemOf<E> | undefined;
  if (item === undefined) return false;
  const { where = {}, ...intent } = told;
  const strayed = Object.entries(where).some(([field, value]) => item[field as keyof ItemOf<E>] !== value);
  if (strayed && has(world, 'attempt-matches')) return false;
  const built = buildChange(entity, item, event, dateOf(world.now), { actor: 'model', ...intent }, deciderOf(world.tables));
  refusals(world, entity, item, event, told).forEach((guard) => count(world.refused, guard));
  if (built.outcome === 'refused') return false;
  const { from, set, remove } = built.change;
  const next = merged(item, set, remove);
  itemsOf(world, entity).set(id, next);
  const row = `${entity}: ${from} -${event}-> ${statusOf(entity, next)}`;
  count(world.taken, row);
  world.story.push(`${world.now} s, ${id}, ${row}`);
  return true;
}

/** Guards that kept this change from a row, also where another row took it. */
function refusals<E extends Entity>(world: World, entity: E, item: ItemOf<E>, event: EventOf<E>, told: Told<E>): readonly string[] {
  const { nothingToSweep = false, reproducible = false } = told;
  const context = { item, now: dateOf(world.now), nothingToSweep, reproducible };
  return world.tables[entity]
    .filter((row) => row.from === statusOf(entity, item) && row.event === event)
    .flatMap(({ guards }) => guards.filter((guard) => !guard.holds(context)).map(({ name }) => name));
}

export const statusOf = (entity: Entity, item: Batch | Worker | Job | Source): string =>
  entity === 'source' ? (item as Source).phase : (item as Batch | Worker | Job).status;
