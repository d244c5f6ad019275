/** Exports of a source's runs: what may be asked for, and what is answered. */
import { z } from 'zod';
import { SourceId } from '../ids';
import { RUN_STATES } from './documents';
import { FLAVOUR_NAMES } from './samplesheets';

export const EXPORT_FORMATS = ['tsv', 'jsonl', 'parquet', 'samplesheet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
export const EXPORT_INCLUDES = ['all', 'included', 'excluded'] as const;
/** Days after which the bucket removes an export. */
export const EXPORT_DAYS = 7;

/** What is asked for. A samplesheet has the complete runs, whatever else is said. */
export const ExportRequest = z.strictObject({
  format: z.enum(EXPORT_FORMATS),
  /** Of a samplesheet. */
  flavour: z.enum(FLAVOUR_NAMES).default('generic'),
  state: z.enum(RUN_STATES).optional(),
  /** Runs that the filters include, or exclude. */
  include: z.enum(EXPORT_INCLUDES).default('all'),
});
export type ExportRequest = z.infer<typeof ExportRequest>;
export const ExportOrder = ExportRequest.extend({ sourceId: SourceId });

/** `result` of the operation. */
export const ExportResult = z.object({
  key: z.string(),
  fileName: z.string(),
  rows: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  cycle: z.number().int().positive(),
});
export type ExportResult = z.infer<typeof ExportResult>;
