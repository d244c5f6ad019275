import { Entity } from 'electrodb';
import { HomeSpace } from '../../core/records';
import type { HomeStore } from '../../core/ports/stores';
import { attributesOf, hidden } from './attributes';
import { parsed } from './parsed';
import { CONSISTENT, model, partitionKey, sortKey, type Table } from './table';

export const homeEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('home'),
      attributes: { ...attributesOf(HomeSpace), place: hidden('string') },
      indexes: { one: { pk: partitionKey('place'), sk: sortKey() } },
    },
    { table, client },
  );

const PLACE = 'home';

export const dynamoHome = (entity: ReturnType<typeof homeEntity>): HomeStore => ({
  get: async () => parsed(HomeSpace, (await entity.get({ place: PLACE }).go(CONSISTENT)).data),
  put: async (space) => {
    await entity.put({ ...space, place: PLACE }).go();
  },
});
