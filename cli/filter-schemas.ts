import { z } from 'zod';

const Found = z.object({ at: z.string(), message: z.string() });
const Counts = z.record(z.string(), z.number());
const Totals = z.object({ included: z.number(), excluded: z.number(), excludedByRule: Counts, dueRuns: z.number(), dueBytes: z.number() });

/** Answer of `POST /sources/{id}/filters/preview`. */
export const PreviewAnswer = z.looseObject({
  sourceId: z.string(),
  version: z.string(),
  listingCycle: z.number(),
  isWhole: z.boolean(),
  listedRuns: z.number(),
  runs: z.number(),
  now: Totals,
  then: Totals,
  becomeExcluded: z.object({
    runs: z.number(),
    bytes: z.number(),
    byRule: Counts,
    complete: z.number(),
    inWork: z.number(),
    examples: z.array(z.object({ accession: z.string(), rule: z.string(), reason: z.string(), state: z.string() })),
  }),
  becomeIncluded: z.object({
    runs: z.number(),
    bytes: z.number(),
    byRule: Counts,
    complete: z.number(),
    inWork: z.number(),
    notLookedUp: z.number(),
    examples: z.array(z.object({ accession: z.string(), wasExcludedBy: z.string() })),
  }),
  warnings: z.array(Found),
});
export type PreviewAnswer = z.infer<typeof PreviewAnswer>;

/** Answer of `GET` and `PUT /sources/{id}/filters`. */
export const FiltersAnswer = z.looseObject({
  sourceId: z.string(),
  version: z.string(),
  filters: z.object({ v: z.number(), rules: z.array(z.looseObject({ rule: z.string() })) }),
  chain: z.array(z.object({ rule: z.string(), parameters: z.unknown(), from: z.string() })),
  problems: z.array(Found),
  warnings: z.array(Found),
  isChanged: z.boolean().optional(),
});
export type FiltersAnswer = z.infer<typeof FiltersAnswer>;
