import { z } from 'zod';
import { counted } from '../words';
import { SourceSettings } from './settings';

/** What an add-sources operation was asked for: ids in their stored form, secondary study accessions among them. */
export const AddAsked = z.object({ ids: z.array(z.string()), settings: SourceSettings });

export const AddedSource = z.object({
  /** As it was asked for. */
  id: z.string(),
  /** The source that it became, or was already. */
  sourceId: z.string(),
  /** *unknown*: ENA does not know it; its source needs attention. */
  outcome: z.enum(['added', 'existing', 'unknown']),
  name: z.string().optional(),
  detail: z.string().optional(),
});
export type AddedSource = z.infer<typeof AddedSource>;
/** What came of it, in the order of the request. */
export const AddResult = z.object({ sources: z.array(AddedSource) });

/** `2 sources added, 1 already there, 1 unknown to ENA`, and what is left to ask. */
export function summaryOf(sources: readonly AddedSource[], total: number): string {
  const count = (outcome: AddedSource['outcome']): number => sources.filter((each) => each.outcome === outcome).length;
  const left = total - sources.length;
  return [
    `${counted(count('added'), 'source', 'sources')} added`,
    `${count('existing')} already there`,
    ...(count('unknown') > 0 ? [`${count('unknown')} unknown to ENA`] : []),
    ...(left > 0 ? [`${left} not asked for yet`] : []),
  ].join(', ');
}
