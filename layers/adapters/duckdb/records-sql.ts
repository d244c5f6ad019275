import type { RecordFiles } from '../../core/ports/listings';
import { parquet } from './database';

/** What a record that is taken over says of the listing: a withdrawn run stays so, one that is not asked for too, every other one is as it was. */
export const CARRIED = `CASE WHEN change IN ('withdrawn', 'unmatched') THEN change ELSE 'unchanged' END`;

/** A record that stays as it is until its row or its judges change: see `isSettled` in core, and a count of missed listings that stands. */
export const SETTLED = `((verdict = 'excluded' OR state = 'complete') AND change <> 'missing')`;

/** Every record of a cycle, each run once: its own, and those of its base that it does not replace. */
export const recordsSql = ({ runs, base }: RecordFiles): string =>
  base === undefined
    ? `SELECT * FROM ${parquet(runs)}`
    : `SELECT * FROM ${parquet(runs)} UNION ALL BY NAME ${carriedSql(parquet(base), parquet(runs))}`;

/** The rows of one relation that another does not replace, taken over. */
export const carriedSql = (from: string, unless: string): string =>
  `SELECT * REPLACE (${CARRIED} AS change) FROM ${from} f WHERE NOT EXISTS (SELECT 1 FROM ${unless} u WHERE u.accession = f.accession)`;
