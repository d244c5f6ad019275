import { Entity } from 'electrodb';
import { ApiToken } from '../../core/records';
import type { TokenStore } from '../../core/ports/stores';
import { IssuedToken } from '../../core/tokens/token';
import { attributesOf, hidden } from './attributes';
import { committed } from './change';
import { allParsed, parsed, stored } from './parsed';
import { ALL_CONSISTENT, CONSISTENT, model, partitionKey, sortKey, type Table } from './table';
import { transact } from './transact';

/** What opens the API, by its hash: an item that is removed is refused from the next request on. */
export const tokenEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('token'),
      attributes: attributesOf(ApiToken),
      indexes: { byHash: { scope: 'token', pk: partitionKey('tokenHash'), sk: sortKey() } },
    },
    { table, client },
  );

/**
 * The same tokens by name, in one partition, as sites are: an index answers late and could not keep a name unique. A token of before has no such item; `trawl init` writes that of the
 * first operator's, and there were no others.
 */
export const issuedTokenEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('issuedToken'),
      attributes: { ...attributesOf(IssuedToken), group: hidden('string') },
      indexes: { all: { scope: 'issued-token', pk: partitionKey('group'), sk: sortKey('name') } },
    },
    { table, client },
  );

interface Entities {
  readonly tokens: ReturnType<typeof tokenEntity>;
  readonly issued: ReturnType<typeof issuedTokenEntity>;
}
const GROUP = 'tokens';

/** What opens afterwards, and what does no more. */
function opening({ tokens }: Entities, next: IssuedToken, before: IssuedToken | undefined): readonly object[] {
  const own = next.revokedAt === undefined ? tokens.put(ApiToken.parse(next)) : tokens.delete({ tokenHash: next.tokenHash });
  // One item may stand in a transaction only once.
  return before === undefined || before.tokenHash === next.tokenHash ? [own] : [own, tokens.delete({ tokenHash: before.tokenHash })];
}

export const dynamoTokens = (entities: Entities): TokenStore => {
  const { tokens, issued } = entities;
  return {
    get: async (tokenHash) => parsed(ApiToken, (await tokens.get({ tokenHash }).go(CONSISTENT)).data),
    put: async (token) => {
      await tokens.put(token).go();
    },
    remove: async (tokenHash) => {
      await tokens.delete({ tokenHash }).go();
    },
    named: async (name) => parsed(IssuedToken, (await issued.get({ group: GROUP, name }).go(CONSISTENT)).data),
    list: async () => allParsed(IssuedToken, (await issued.query.all({ group: GROUP }).go(ALL_CONSISTENT)).data),
    issue: async (next, before) => {
      const put = issued.put({ ...stored(next), group: GROUP }).where(({ tokenHash, revokedAt }, { eq, notExists }) => {
        if (before === undefined) return notExists(tokenHash);
        const standing = before.revokedAt === undefined ? notExists(revokedAt) : eq(revokedAt, before.revokedAt);
        return `${eq(tokenHash, before.tokenHash)} AND ${standing}`;
      });
      const items = [put, ...opening(entities, next, before)];
      return (await transact({ tokens, issued }, items.map(committed))).outcome === 'done';
    },
  };
};
