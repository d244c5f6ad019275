import { z } from 'zod';
import type { FilterDocument } from '../layers/core/filters/document-schema';
import { readFilters } from '../layers/core/filters/read-filters';

/** Filters in the configuration, read as those of a source are: all that is wrong at once, each with its place. */
export function filtersIn(value: unknown, context: z.RefinementCtx): FilterDocument | undefined {
  if (value === undefined) return undefined;
  const read = readFilters(value);
  if (read.outcome === 'valid') return read.filters;
  for (const { at, message } of read.problems) context.addIssue({ code: 'custom', message: `${at} ${message}`.trim() });
  return z.NEVER;
}
