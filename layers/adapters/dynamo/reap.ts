import { Entity } from 'electrodb';
import type { ReapStore } from '../../core/ports/stores';
import { Keep, ReapReport } from '../../core/reaping/records';
import { attributesOf, hidden } from './attributes';
import { allParsed, parsed, stored } from './parsed';
import { ALL_CONSISTENT, CONSISTENT, model, partitionKey, sortKey, type Table } from './table';

export const reapReportEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('reapReport'),
      attributes: { ...attributesOf(ReapReport), place: hidden('string') },
      indexes: { one: { scope: 'reapReport', pk: partitionKey('place'), sk: sortKey() } },
    },
    { table, client },
  );

/** All in one partition: a handful that persons named. */
export const keepEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('keep'),
      attributes: { ...attributesOf(Keep), group: hidden('string') },
      indexes: { all: { scope: 'keep', pk: partitionKey('group'), sk: sortKey('name') } },
    },
    { table, client },
  );

interface Entities {
  readonly reports: ReturnType<typeof reapReportEntity>;
  readonly keeps: ReturnType<typeof keepEntity>;
}
const PLACE = 'last';
const GROUP = 'keeps';

export const dynamoReaps = ({ reports, keeps }: Entities): ReapStore => ({
  report: async () => parsed(ReapReport, (await reports.get({ place: PLACE }).go(CONSISTENT)).data),
  putReport: async (report) => {
    await reports.put({ ...report, place: PLACE }).go();
  },
  keeps: async () => allParsed(Keep, (await keeps.query.all({ group: GROUP }).go(ALL_CONSISTENT)).data),
  keep: async (keep) => {
    await keeps.put({ ...stored(keep), group: GROUP }).go();
  },
  unkeep: async (name) => {
    const { data } = await keeps.delete({ group: GROUP, name }).go({ response: 'all_old' });
    return data !== null;
  },
});
