import { Entity } from 'electrodb';
import type { BreakerStore } from '../../core/ports/stores';
import { Breaker } from '../../core/records';
import { attributesOf, hidden } from './attributes';
import { allParsed, parsed, stored } from './parsed';
import { ALL_CONSISTENT, CONSISTENT, model, partitionKey, sortKey, type Table } from './table';

/** All breakers in one partition: those of places where workers failed. */
export const breakerEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('breaker'),
      attributes: { ...attributesOf(Breaker), group: hidden('string') },
      indexes: { all: { pk: partitionKey('group'), sk: sortKey('provider', 'place') } },
    },
    { table, client },
  );

const GROUP = 'breakers';

export const dynamoBreakers = (entity: ReturnType<typeof breakerEntity>): BreakerStore => ({
  list: async () => allParsed(Breaker, (await entity.query.all({ group: GROUP }).go(ALL_CONSISTENT)).data),
  get: async (provider, place) => parsed(Breaker, (await entity.get({ group: GROUP, provider, place }).go(CONSISTENT)).data),
  put: async (next) => {
    const { rejected } = await entity
      .put({ ...stored(next), group: GROUP })
      .where(({ version }, { eq, notExists }) => (next.version === 1 ? notExists(version) : eq(version, next.version - 1)))
      .go({ returnOnConditionCheckFailure: true });
    return rejected ? 'conflict' : 'written';
  },
});
