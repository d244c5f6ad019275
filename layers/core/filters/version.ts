import { createHash } from 'node:crypto';
import type { Source } from '../entities';

/**
 * Names what a preview rests on: the source's filters and its last good listing. Whoever sets filters says which version was looked at.
 * Other changes of the source, such as a cycle that starts, leave it as it is. Pure.
 */
export const filtersVersion = ({ filters, listingCycle }: Pick<Source, 'filters' | 'listingCycle'>): string =>
  createHash('sha256')
    .update(sortedJson({ filters: filters ?? null, listingCycle }))
    .digest('hex')
    .slice(0, 16);

/** JSON whose keys stand in one order: the table does not keep the order in which they were written. */
export const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
