import { CustomAttributeType, Entity } from 'electrodb';
import { Wait } from '../../core/records';
import type { WaitStore } from '../../core/ports/stores';
import { attributesOf } from './attributes';
import { parsed } from './parsed';
import { CONSISTENT, model, partitionKey, sortKey, type Table } from './table';

/** Token and fact in one item: each side writes its half in one update and sees the other's. */
export const waitEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('wait'),
      attributes: { ...attributesOf(Wait), fact: { type: CustomAttributeType<Readonly<Record<string, unknown>>>('any') } },
      indexes: { byId: { scope: 'wait', pk: partitionKey('waitId'), sk: sortKey() } },
    },
    { table, client },
  );
export type WaitEntity = ReturnType<typeof waitEntity>;

const ALL_NEW = { response: 'all_new' } as const;

export const dynamoWaits = (entity: WaitEntity): WaitStore => ({
  arrive: async (waitId, token) => Wait.parse((await entity.update({ waitId }).set({ token }).remove(['answeredAt']).go(ALL_NEW)).data),
  settle: async (waitId, fact) => {
    const update = entity.update({ waitId }).data((wait, { ifNotExists }) => {
      ifNotExists(wait.fact, fact);
    });
    return Wait.parse((await update.go(ALL_NEW)).data);
  },
  get: async (waitId) => parsed(Wait, (await entity.get({ waitId }).go(CONSISTENT)).data),
  markAnswered: async (waitId, at) => {
    await entity.patch({ waitId }).set({ answeredAt: at }).go({ returnOnConditionCheckFailure: true });
  },
});
