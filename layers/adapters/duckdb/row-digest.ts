import { createHash } from 'node:crypto';
import { version } from '@duckdb/node-api';
import { LISTING_COLUMNS } from '../../core/discovery/columns';
import { quoteName } from './database';

const PREFIX = 'row_digest_';
const COLUMNS = LISTING_COLUMNS.map(quoteName).join(', ');

/** 64 bits that stand for all that discovery reads of a row, as this version of DuckDB makes them. */
export const ROW_HASH = `hash(${COLUMNS})`;

/**
 * Column of a listing in Parquet with these bits, so that a comparison reads one narrow column in place of all. Named after the columns that
 * it stands for and DuckDB's version: that of a version that read others, or hashed otherwise, is not taken for it.
 */
export const ROW_DIGEST = `${PREFIX}${createHash('sha256')
  .update([version(), ...LISTING_COLUMNS].join('\t'))
  .digest('hex')
  .slice(0, 8)}`;

/** Made while a listing is written. */
export const ROW_DIGEST_SQL = `${ROW_HASH} AS ${quoteName(ROW_DIGEST)}`;

/** Trawl's own, of whichever version; every other column of a listing is ENA's. */
export const isRowDigest = (column: string): boolean => column.startsWith(PREFIX);

/** Everything but digests, for a SELECT. */
export const ENA_COLUMNS_SQL = `COLUMNS(name -> NOT starts_with(name, '${PREFIX}'))`;
