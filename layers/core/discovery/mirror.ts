/** Studies, samples and experiments: what the rows of a listing say of the things that its runs belong to. */
import { z } from 'zod';
import type { AskedColumn } from './columns';
import { RUN_STATES } from './documents';

export const ENTITY_KINDS = ['studies', 'samples', 'experiments'] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];

interface EntityShape {
  /** Column that names it. */
  readonly accession: AskedColumn;
  /** Columns that describe it; all are searched. */
  readonly columns: readonly AskedColumn[];
}
export const ENTITIES: Readonly<Record<EntityKind, EntityShape>> = {
  studies: {
    accession: 'study_accession',
    columns: ['secondary_study_accession', 'study_title', 'study_alias', 'center_name', 'broker_name', 'first_public', 'last_updated'],
  },
  samples: {
    accession: 'sample_accession',
    columns: [
      ...(['secondary_sample_accession', 'study_accession', 'sample_title', 'sample_alias', 'tax_id', 'scientific_name'] as const),
      ...(['strain', 'isolate', 'isolation_source', 'tissue_type', 'host', 'host_tax_id'] as const),
      ...(['country', 'lat', 'lon', 'collection_date', 'center_name', 'first_public', 'last_updated'] as const),
    ],
  },
  experiments: {
    accession: 'experiment_accession',
    columns: [
      ...(['sample_accession', 'study_accession', 'experiment_title', 'experiment_alias', 'library_name', 'library_layout'] as const),
      ...(['library_strategy', 'library_source', 'library_selection', 'nominal_length'] as const),
      ...(['instrument_platform', 'instrument_model', 'first_public', 'last_updated'] as const),
    ],
  },
};

const Count = z.number().int().nonnegative();
/** One study, sample or experiment. Where its runs disagree on a value, the last in the order of texts stands. */
export const EntityItem = z.object({
  accession: z.string(),
  runs: Count,
  /** Of the files that are used; 0 for excluded runs. */
  bytes: Count,
  states: z.partialRecord(z.enum(RUN_STATES), Count),
  metadata: z.record(z.string(), z.string()),
});
export type EntityItem = z.infer<typeof EntityItem>;
