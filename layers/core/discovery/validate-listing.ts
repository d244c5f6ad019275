import { z } from 'zod';
import type { ObjectStore } from '../ports/outside';
import { ListingErrors } from './listing-errors';
import { LISTING_SCHEMA } from './listing-schema';
import type { ListingWarning } from './listing-warnings';

/** Errors that one document lists; its counts are of all of them. */
export const ERROR_LIMIT = 1_000;

/** `validation.json` of a cycle: every value that is not as the schema says, together. */
export const Validation = ListingErrors.extend({ v: z.literal(1), schema: z.string(), absentColumns: z.array(z.string()) });
export type Validation = z.infer<typeof Validation>;

interface Listing {
  readonly path: string;
  readonly absent: readonly string[];
  /** Where the document goes. */
  readonly key: string;
}

/**
 * Holds a listing against the schema and keeps what is found beside its evidence. It never stops a cycle: a row that cannot be used is
 * left out by the file rules, with its reason. Running it twice rewrites the same document.
 * @returns a warning where anything was found
 */
export async function validateListing(
  deps: {
    readonly objects: Pick<ObjectStore, 'putJson'>;
    readonly tables: { validate(listingPath: string, limit: number): Promise<ListingErrors> };
  },
  { path, absent, key }: Listing,
): Promise<readonly ListingWarning[]> {
  const found = await deps.tables.validate(path, ERROR_LIMIT);
  const document: Validation = { v: 1, schema: LISTING_SCHEMA, absentColumns: [...absent], ...found };
  await deps.objects.putJson(key, document);
  return found.invalidRows === 0 ? [] : [{ code: 'values-invalid', detail: inWords(found) }];
}

function inWords({ rows, invalidRows, counts }: ListingErrors): string {
  const most = [...counts].sort((one, other) => other.rows - one.rows).slice(0, 5);
  const listed = most.map(({ column, rule, rows: wrong }) => `${column} ${wrong} (${rule})`).join(', ');
  const more = counts.length > most.length ? `, and ${counts.length - most.length} more` : '';
  return `${invalidRows} of ${rows} rows are not as ${LISTING_SCHEMA} says: ${listed}${more}`.slice(0, 500);
}
