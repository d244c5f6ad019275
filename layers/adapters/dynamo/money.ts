import { Entity } from 'electrodb';
import { asMoney, type Committed, type Window } from '../../core/money/budget';
import { bookedIn, type Charge } from '../../core/money/charge';
import type { Worker } from '../../core/entities';
import type { MoneyStore } from '../../core/ports/stores';
import { Ledger, Spending } from '../../core/records';
import { attributesOf, hidden } from './attributes';
import { committed } from './change';
import { eventItem, type EventEntity } from './event';
import { allParsed, parsed } from './parsed';
import { ALL_CONSISTENT, CONSISTENT, model, partitionKey, sortKey, type Table } from './table';
import { transact } from './transact';

/** One item: whoever reserves or gives back writes it under its version, so that nobody decides by a sum that has moved. */
export const ledgerEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('ledger'),
      attributes: { ...attributesOf(Ledger), group: hidden('string') },
      indexes: { one: { scope: 'ledger', pk: partitionKey('group'), sk: sortKey() } },
    },
    { table, client },
  );
export const spendingEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('spending'),
      attributes: attributesOf(Spending),
      indexes: { all: { pk: partitionKey('of'), sk: sortKey('key') } },
    },
    { table, client },
  );
export interface MoneyEntities {
  readonly ledgers: ReturnType<typeof ledgerEntity>;
  readonly spendings: ReturnType<typeof spendingEntity>;
}

const GROUP = 'money';
const NOTHING: Ledger = { reservedDollars: 0, version: 0 };

export const readLedger = async ({ ledgers }: Pick<MoneyEntities, 'ledgers'>): Promise<Ledger> =>
  parsed(Ledger, (await ledgers.get({ group: GROUP }).go(CONSISTENT)).data) ?? NOTHING;

/** The ledger with so many dollars more or fewer, as an item of a transaction that fails where it has moved since it was read. */
export const ledgerMoved = (entities: Pick<MoneyEntities, 'ledgers'>, before: Ledger, dollars: number): unknown =>
  ledgerSet(entities, before, before.reservedDollars + dollars);
const ledgerSet = ({ ledgers }: Pick<MoneyEntities, 'ledgers'>, before: Ledger, dollars: number): unknown =>
  committed(
    ledgers
      .put({ group: GROUP, reservedDollars: asMoney(dollars), version: before.version + 1 })
      .where(({ version }, { eq, notExists }) => (before.version === 0 ? notExists(version) : eq(version, before.version))),
  );

/** A charge as items of a transaction; none where nothing was spent. */
export const chargeItems = ({ spendings }: Pick<MoneyEntities, 'spendings'>, worker: Worker, charge: Charge): readonly unknown[] =>
  charge.dollars === 0
    ? []
    : bookedIn(worker, charge).map((place) => committed(spendings.update(place).add({ dollars: charge.dollars, workers: 1 })));

/** Spent by a ledger that was read before: what is booked moves it, so that a write under its version decides by both. */
export async function committedBy({ spendings }: MoneyEntities, { reservedDollars }: Ledger, { day, month }: Window): Promise<Committed> {
  const spent = async (of: 'day' | 'month', key: string): Promise<number> =>
    parsed(Spending, (await spendings.get({ of, key }).go(CONSISTENT)).data)?.dollars ?? 0;
  const [dayDollars, monthDollars] = await Promise.all([spent('day', day), spent('month', month)]);
  return { reservedDollars, dayDollars, monthDollars };
}

export const dynamoMoney = (entities: MoneyEntities & { readonly events: EventEntity }): MoneyStore => ({
  ledger: () => readLedger(entities),
  mendLedger: async (seen, toDollars, event) => {
    const items = [committed(entities.events.put(eventItem(event))), ledgerSet(entities, seen, toDollars)];
    return (await transact(entities, items)).outcome === 'done';
  },
  committed: async (window) => {
    for (;;) {
      const before = await readLedger(entities);
      const committed = await committedBy(entities, before, window);
      if ((await readLedger(entities)).version === before.version) return committed;
    }
  },
  spending: async (of) => allParsed(Spending, (await entities.spendings.query.all({ of }).go(ALL_CONSISTENT)).data),
});
