import { z } from 'zod';

const Count = z.number().int().nonnegative();
export const ListingErrors = z.object({
  rows: Count,
  /** Rows with at least one error. */
  invalidRows: Count,
  counts: z.array(z.object({ column: z.string(), rule: z.string(), rows: Count })),
  /** At most `ERROR_LIMIT`, of each column and rule the first by accession; values are cut at 200 characters. */
  errors: z.array(z.object({ accession: z.string(), column: z.string(), rule: z.string(), value: z.string() })),
});
export type ListingErrors = z.infer<typeof ListingErrors>;
