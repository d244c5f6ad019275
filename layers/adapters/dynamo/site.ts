import { Entity } from 'electrodb';
import { Site } from '../../core/sites/site';
import type { SiteStore } from '../../core/ports/stores';
import { attributesOf, hidden } from './attributes';
import { assigned } from './change';
import { allParsed, parsed, stored } from './parsed';
import { ALL_CONSISTENT, CONSISTENT, model, partitionKey, sortKey, type Table } from './table';

/** All in one partition: an installation has a handful. */
export const siteEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('site'),
      attributes: { ...attributesOf(Site), group: hidden('string') },
      indexes: { all: { scope: 'site', pk: partitionKey('group'), sk: sortKey('name') } },
    },
    { table, client },
  );

const GROUP = 'sites';
const REJECTING = { response: 'all_new', returnOnConditionCheckFailure: 'all_old' } as const;

export const dynamoSites = (sites: ReturnType<typeof siteEntity>): SiteStore => ({
  get: async (name) => parsed(Site, (await sites.get({ group: GROUP, name }).go(CONSISTENT)).data),
  list: async () => allParsed(Site, (await sites.query.all({ group: GROUP }).go(ALL_CONSISTENT)).data),
  add: async (site) => {
    const chain = sites
      .put({ ...stored(site), group: GROUP })
      .where(({ createdAt, revokedAt }, { exists, notExists }) => `${notExists(createdAt)} OR ${exists(revokedAt)}`);
    const { rejected } = await chain.go({ returnOnConditionCheckFailure: 'all_old' });
    return !rejected;
  },
  note: async (name, set) => !(await assigned(sites.patch({ group: GROUP, name }), set).go(REJECTING)).rejected,
});
