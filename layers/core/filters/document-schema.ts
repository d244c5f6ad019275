import { z } from 'zod';

/** One rule of a document: with parameters, or turned off. */
export const FilterSetting = z.object({
  rule: z.string(),
  parameters: z.record(z.string(), z.unknown()).optional(),
  off: z.literal(true).optional(),
});
export type FilterSetting = z.infer<typeof FilterSetting>;

/** The filters of a source as they are kept: their form alone. `readFilters` judges what they say. */
export const FilterDocument = z.object({ v: z.literal(1), rules: z.array(FilterSetting) });
export type FilterDocument = z.infer<typeof FilterDocument>;
