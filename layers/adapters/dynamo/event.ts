import { randomBytes } from 'node:crypto';
import { Entity } from 'electrodb';
import { HistoryEvent } from '../../core/records';
import type { EventStore } from '../../core/ports/stores';
import { attributesOf, hidden } from './attributes';
import { allParsed, stored } from './parsed';
import { CONSISTENT, model, partitionKey, sortKey, type Table } from './table';

/** History, kept for good, also when its source is removed: nothing here deletes it. */
export const eventEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('event'),
      attributes: { ...attributesOf(HistoryEvent), place: hidden('string') },
      indexes: { ofSource: { scope: 'event', pk: partitionKey('sourceId'), sk: sortKey('at', 'place') } },
    },
    { table, client },
  );
export type EventEntity = ReturnType<typeof eventEntity>;

let written = 0;
/** Keeps events of one millisecond apart, and in order as far as one process wrote them. */
const nextPlace = (): string => {
  written = (written + 1) % 36 ** 6;
  return `${written.toString(36).padStart(6, '0')}${randomBytes(6).toString('hex')}`;
};

export const eventItem = (event: HistoryEvent) => ({ ...stored(event), place: nextPlace() });

export const dynamoEvents = (events: EventEntity): EventStore => ({
  append: async (event) => {
    await events.create(eventItem(event)).go();
  },
  ofSource: async (sourceId, { limit = 100, cursor } = {}) => {
    const page = await events.query.ofSource({ sourceId }).go({ ...CONSISTENT, order: 'desc', limit, cursor: cursor ?? null });
    const items = allParsed(HistoryEvent, page.data);
    return page.cursor === null ? { items } : { items, cursor: page.cursor };
  },
});
