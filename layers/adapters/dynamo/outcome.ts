import { Entity } from 'electrodb';
import { Outcome } from '../../core/records';
import type { OutcomeStore } from '../../core/ports/stores';
import { eachBounded, getAll, stored } from './parsed';
import { CONSISTENT, model, partitionKey, sortKey, type Table } from './table';

/**
 * One for each fetched run, for good: names on disk are single letters and the key is a bare template, so that an item stays under
 * 400 bytes; it stands in no index.
 */
export const outcomeEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('o'),
      attributes: {
        fetchKey: { type: 'string', field: 'k', required: true },
        result: { type: 'string', field: 'r', required: true },
        reason: { type: 'string', field: 'w' },
        verdict: { type: 'string', field: 'v' },
        batchId: { type: 'string', field: 'b', required: true },
        bytes: { type: 'number', field: 'n', required: true },
        at: { type: 'string', field: 't', required: true },
      },
      indexes: {
        byKey: {
          pk: { ...partitionKey('fetchKey'), template: 'o#${fetchKey}' },
          sk: { ...sortKey(), template: 'o' },
        },
      },
    },
    { table, client },
  );
export type OutcomeEntity = ReturnType<typeof outcomeEntity>;

export const dynamoOutcomes = (entity: OutcomeEntity): OutcomeStore => ({
  get: (fetchKeys) => getAll(fetchKeys, Outcome, (keys) => entity.get(keys).go({ ...CONSISTENT, unprocessed: 'item' })),
  put: async (outcomes) => {
    await eachBounded(outcomes, async (outcome) =>
      entity
        .put(stored(outcome))
        .where(({ result }, { ne, notExists }) => `${notExists(result)} OR ${ne(result, 'complete')}`)
        .go({ returnOnConditionCheckFailure: true }),
    );
  },
  remove: async (fetchKeys) => {
    await eachBounded(fetchKeys, async (fetchKey) => entity.delete({ fetchKey }).go());
  },
});
