import { Entity } from 'electrodb';
import type { LeaseStore } from '../../core/ports/stores';
import { model, partitionKey, sortKey, type Table } from './table';

export const leaseEntity = ({ table, client }: Table) =>
  new Entity(
    {
      model: model('lease'),
      attributes: {
        name: { type: 'string', required: true },
        holder: { type: 'string', required: true },
        until: { type: 'string', required: true },
      },
      indexes: { byName: { scope: 'lease', pk: partitionKey('name'), sk: sortKey() } },
    },
    { table, client },
  );

export const dynamoLeases = (entity: ReturnType<typeof leaseEntity>): LeaseStore => ({
  take: async (name, holder, now, until) => {
    const { rejected } = await entity
      .put({ name, holder, until })
      .where((lease, { eq, lte, notExists }) => `${notExists(lease.holder)} OR ${lte(lease.until, now)} OR ${eq(lease.holder, holder)}`)
      .go({ returnOnConditionCheckFailure: true });
    return !rejected;
  },
  release: async (name, holder) => {
    await entity
      .delete({ name })
      .where((lease, { eq }) => eq(lease.holder, holder))
      .go({ returnOnConditionCheckFailure: true });
  },
});
