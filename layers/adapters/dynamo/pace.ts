import { Entity } from 'electrodb';
import { LearnedPace } from '../../core/records';
import type { PaceStore } from '../../core/ports/stores';
import { attributesOf, hidden } from './attributes';
import { committed } from './change';
import { allParsed, parsed } from './parsed';
import { ALL_CONSISTENT, CONSISTENT, model, partitionKey, sortKey, type Table } from './table';
import { transact } from './transact';

/** All learned paces in one partition: one for each provider and stage revision. */
export const paceEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('pace'),
      attributes: { ...attributesOf(LearnedPace), group: hidden('string') },
      indexes: { all: { pk: partitionKey('group'), sk: sortKey('provider', 'stage', 'revision') } },
    },
    { table, client },
  );
/** A worker whose attempt has been learned from. */
export const paceSampleEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('pace-sample'),
      attributes: { workerId: { type: 'string', required: true } },
      indexes: { byWorker: { scope: 'pace-sample', pk: partitionKey('workerId'), sk: sortKey() } },
    },
    { table, client },
  );

const GROUP = 'paces';

export const dynamoPaces = (entities: {
  readonly paces: ReturnType<typeof paceEntity>;
  readonly samples: ReturnType<typeof paceSampleEntity>;
}): PaceStore => {
  const { paces, samples } = entities;
  return {
    get: async (key) => parsed(LearnedPace, (await paces.get({ group: GROUP, ...key }).go(CONSISTENT)).data),
    list: async () => allParsed(LearnedPace, (await paces.query.all({ group: GROUP }).go(ALL_CONSISTENT)).data),
    learn: async (next, workerId) => {
      const put = paces
        .put({ ...next, group: GROUP })
        .where(({ version }, { eq, notExists }) => (next.version === 1 ? notExists(version) : eq(version, next.version - 1)));
      const result = await transact(entities, [committed(samples.create({ workerId })), committed(put)]);
      if (result.outcome === 'done') return 'written';
      return result.failed[0] === true ? 'known' : 'conflict';
    },
  };
};
