import { Entity } from 'electrodb';
import { ApiToken } from '../../core/records';
import type { TokenStore } from '../../core/ports/stores';
import { attributesOf } from './attributes';
import { parsed } from './parsed';
import { CONSISTENT, model, partitionKey, sortKey, type Table } from './table';

export const tokenEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('token'),
      attributes: attributesOf(ApiToken),
      indexes: { byHash: { scope: 'token', pk: partitionKey('tokenHash'), sk: sortKey() } },
    },
    { table, client },
  );

export const dynamoTokens = (entity: ReturnType<typeof tokenEntity>): TokenStore => ({
  get: async (tokenHash) => parsed(ApiToken, (await entity.get({ tokenHash }).go(CONSISTENT)).data),
  put: async (token) => {
    await entity.put(token).go();
  },
  remove: async (tokenHash) => {
    await entity.delete({ tokenHash }).go();
  },
});
