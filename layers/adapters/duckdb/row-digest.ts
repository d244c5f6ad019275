import { createHash } from 'node:crypto';
import { LISTING_COLUMNS } from '../../core/discovery/columns';
import { quoteName } from './database';

const PREFIX = 'row_digest_';

/**
 * Column of a listing in Parquet that stands for all that discovery reads of a row: half of an MD5, so that a comparison reads one narrow
 * column in place of all, and any version of DuckDB makes the same of the same row. Named after the columns that it stands for: that of
 * a version that read others is not taken for it.
 */
export const ROW_DIGEST = `${PREFIX}${createHash('sha256').update(LISTING_COLUMNS.join('\t')).digest('hex').slice(0, 8)}`;

/** Made of a row. No value holds a tab: tabs divided them as they came. */
export const ROW_DIGEST_SQL = `md5_number_lower(concat_ws(chr(9), ${LISTING_COLUMNS.map(quoteName).join(', ')})) AS ${quoteName(ROW_DIGEST)}`;

/** Trawl's own, of whichever version; every other column of a listing is ENA's. */
export const isRowDigest = (column: string): boolean => column.startsWith(PREFIX);

/** Everything but digests, for a SELECT. */
export const ENA_COLUMNS_SQL = `COLUMNS(name -> NOT starts_with(name, '${PREFIX}'))`;
