import { Entity } from 'electrodb';
import { countedIn, type Held } from '../../core/dispatch/counted-in';
import { CapCounter } from '../../core/records';
import type { Admission } from '../../core/ports/stores';
import { attributesOf, hidden } from './attributes';
import { committed } from './change';
import { allParsed } from './parsed';
import { ALL_CONSISTENT, model, partitionKey, sortKey, type Table } from './table';

/** All counters in one partition: a handful of items, read together on every tick. */
export const counterEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('counter'),
      attributes: { ...attributesOf(CapCounter), group: hidden('string') },
      indexes: { all: { pk: partitionKey('group'), sk: sortKey('scope') } },
    },
    { table, client },
  );
export type CounterEntity = ReturnType<typeof counterEntity>;

const GROUP = 'caps';

export const readCounters = async (counters: CounterEntity): Promise<readonly CapCounter[]> =>
  allParsed(CapCounter, (await counters.query.all({ group: GROUP }).go(ALL_CONSISTENT)).data);

/**
 * Counts a worker up where it stays within the cap. A condition cannot add, so the room that must be left is worked out here; a
 * counter that is not there yet counts nothing, which is within the cap unless the worker alone is too large.
 */
export const countUp = (counters: CounterEntity, { scope, maxWorkers, maxBytes }: Admission['caps'][number], worker: Held): unknown => {
  const more = countedIn(scope, worker);
  const workersBefore = maxWorkers - more.workers;
  const bytesBefore = maxBytes === undefined ? undefined : maxBytes - more.bytes;
  const fitsAlone = workersBefore >= 0 && (bytesBefore === undefined || bytesBefore >= 0);
  const chain = counters
    .update({ group: GROUP, scope })
    .add(more)
    .where(({ workers, bytes }, { lte, notExists }) => {
      const withinCap = [lte(workers, workersBefore), ...(bytesBefore === undefined ? [] : [lte(bytes, bytesBefore)])].join(' AND ');
      return fitsAlone ? `(${notExists(workers)} OR (${withinCap}))` : withinCap;
    });
  return committed(chain);
};

export const countDown = (counters: CounterEntity, scope: string, worker: Held): unknown =>
  committed(counters.update({ group: GROUP, scope }).subtract(countedIn(scope, worker)));

/** Sets a counter that stands as it was seen; one that was seen at nothing may also be absent. */
export const counterSet = (counters: CounterEntity, seen: CapCounter, to: CapCounter): unknown => {
  const chain = counters
    .update({ group: GROUP, scope: seen.scope })
    .set({ workers: to.workers, bytes: to.bytes })
    .where(({ workers, bytes }, { eq, notExists }) => {
      const asSeen = `${eq(workers, seen.workers)} AND ${eq(bytes, seen.bytes)}`;
      return seen.workers === 0 && seen.bytes === 0 ? `(${notExists(workers)} OR (${asSeen}))` : asSeen;
    });
  return committed(chain);
};
