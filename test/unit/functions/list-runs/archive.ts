import { DEFAULT_FILTERS } from '../../../../layers/core/filters/rules';
import { listRunsHandler } from '../../../../functions/list-runs/handler';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { duckDbTables } from '../../../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../../../layers/adapters/duckdb/workspace';
import { ASKED_COLUMNS } from '../../../../layers/core/discovery/columns';
import type { Source } from '../../../../layers/core/entities';
import type { EnaPortal, ListingAnswer } from '../../../../layers/core/ports/ena';
import type { ListingSetting } from '../../../../layers/core/settings';
import { aRow, aSource } from '../../core/discovery/factories';

export const at = '2026-01-01T00:00:00.000Z';
export const tsv = (accessions: readonly string[], columns: readonly string[] = ASKED_COLUMNS): string =>
  [
    columns,
    ...accessions.map((run_accession) =>
      columns.map(
        (column) =>
          Object.entries(aRow({ run_accession, sample_accession: 'SAMEA1', study_accession: 'PRJEB1' })).find(
            ([name]) => name === column,
          )?.[1] ?? '',
      ),
    ),
  ]
    .map((line) => `${line.join('\t')}\n`)
    .join('');
export const answer = (text: string): ListingAnswer => ({
  outcome: 'answered',
  contentType: 'text/tab-separated-values',
  body: (async function* () {
    yield Buffer.from(text);
  })(),
});

/** An archive that answers each question with the next of its answers; the last one holds for good. */
export function archive(
  counts: readonly number[],
  list: (columns: readonly string[]) => ListingAnswer,
  known = true,
): EnaPortal & { readonly asked: { lists: number } } {
  const asked = { lists: 0 };
  const left = [...counts];
  const found = <T>(value: T) => (known ? value : ({ outcome: 'unknown' } as const));
  return {
    asked,
    count: async () => ({ outcome: 'counted', rows: (left.length > 1 ? left.shift() : left[0]) ?? 0 }),
    list: async (_query, columns) => {
      asked.lists += 1;
      return list(columns);
    },
    study: async (primary) => found({ outcome: 'found', primary, secondary: 'ERP1' } as const),
    taxon: async (taxId) => found({ outcome: 'found', taxId, scientificName: 'x', rank: 'species' } as const),
  };
}

const LIMITS: ListingSetting = { rowLimit: 500, secondsPerCall: 600, dropShare: 0.1, dropRowsMin: 3, blankShare: 0.1 };

export async function run(ena: EnaPortal, source: Partial<Source> = {}) {
  const stores = memoryStores();
  const objects = memoryObjects();
  const waits: number[] = [];
  const subject = aSource(source);
  await stores.sources.add(subject, { entityId: subject.sourceId, sourceId: subject.sourceId, at, type: 'added', actor: 'test' });
  const handle = listRunsHandler({
    filterDefaults: DEFAULT_FILTERS,
    stores,
    objects,
    ena,
    tables: duckDbTables({ memoryMb: 128, threads: 1 }),
    withWorkspace: temporaryWorkspace,
    listing: LIMITS,
    now: () => new Date(at),
    sleep: async (seconds) => void waits.push(seconds),
  });
  return { stores, objects, waits, handle: () => handle({ sourceId: subject.sourceId, cycle: 1 }) };
}
