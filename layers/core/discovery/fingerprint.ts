import { createHash } from 'node:crypto';
import type { Source } from '../entities';
import type { FilterDocument } from '../filters/document-schema';
import { sortedJson } from '../filters/version';
import type { Stage } from '../wire';
import { LISTING_COLUMNS } from './columns';
import { RECORD_VERSION } from './documents';

export interface Judges {
  readonly filters: Source['filters'];
  readonly filterDefaults: FilterDocument;
  readonly homeRevision?: Source['homeRevision'];
  readonly fileBaseUrl: string;
  readonly stage: Pick<Stage, 'name' | 'revision'>;
}

/** Everything besides a run's row that its record rests on, as sha256; where it differs from the last cycle's, all runs are judged anew. Pure. */
export const fingerprintOf = ({ filters, filterDefaults, fileBaseUrl, stage, homeRevision }: Judges): string =>
  createHash('sha256')
    .update(
      sortedJson([
        ...[RECORD_VERSION, LISTING_COLUMNS, filters ?? null, filterDefaults, fileBaseUrl, stage.name, stage.revision],
        ...(homeRevision === undefined ? [] : [homeRevision]),
      ]),
    )
    .digest('hex');
