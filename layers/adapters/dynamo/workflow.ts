import { Entity } from 'electrodb';
import type { WorkflowStore } from '../../core/ports/stores';
import { WorkflowVersion } from '../../core/workflows/records';
import { inOrder } from '../order';
import { attributesOf, hidden } from './attributes';
import { allParsed, parsed } from './parsed';
import { ALL_CONSISTENT, CONSISTENT, model, partitionKey, sortKey, type Table } from './table';

/** All versions of all workflows in one partition: a handful that people import. Version numbers sort as text. */
export const workflowEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('workflow'),
      attributes: { ...attributesOf(WorkflowVersion), group: hidden('string'), padded: hidden('string') },
      indexes: { all: { scope: 'workflow', pk: partitionKey('group'), sk: sortKey('name', 'padded') } },
    },
    { table, client },
  );

const GROUP = 'workflows';
const padded = (version: number): string => String(version).padStart(8, '0');
const keyOf = (name: string, version: number) => ({ group: GROUP, name, padded: padded(version) });

export const dynamoWorkflows = (workflows: ReturnType<typeof workflowEntity>): WorkflowStore => ({
  get: async (name, version) => parsed(WorkflowVersion, (await workflows.get(keyOf(name, version)).go(CONSISTENT)).data),
  newest: async (name) => {
    const { data } = await workflows.query.all({ group: GROUP, name }).go({ ...CONSISTENT, order: 'desc', count: 1 });
    return parsed(WorkflowVersion, data[0]);
  },
  list: async () => {
    const { data } = await workflows.query.all({ group: GROUP }).go(ALL_CONSISTENT);
    return inOrder(allParsed(WorkflowVersion, data), ({ name, version }) => `${name}#${padded(version)}`);
  },
  add: async (version) => {
    const { rejected } = await workflows
      .create({ ...version, ...keyOf(version.name, version.version) })
      .go({ returnOnConditionCheckFailure: 'all_old' });
    return rejected ? 'conflict' : 'added';
  },
});
