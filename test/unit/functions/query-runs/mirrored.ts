import { duckDbTables } from '../../../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../../../layers/adapters/duckdb/workspace';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { ASKED_COLUMNS, METADATA_COLUMNS, type AskedColumn } from '../../../../layers/core/discovery/columns';
import type { RunRecord } from '../../../../layers/core/discovery/documents';
import { listingKeys, sourceKeys } from '../../../../layers/core/discovery/keys';
import { aSource } from '../../core/discovery/factories';

export const SOURCE = 'study:PRJEB28810';
export const AT = '2026-01-02T00:00:00.000Z';
export type MirroredRun = Readonly<Partial<Record<AskedColumn, string>>> & {
  readonly run_accession: string;
  readonly record?: Partial<RunRecord>;
  /** Known, and listed no more. */
  readonly unlisted?: true;
};

const recordOf = ({ record, unlisted, ...columns }: MirroredRun): RunRecord => ({
  accession: columns.run_accession,
  change: unlisted ? 'withdrawn' : 'new',
  missedListings: unlisted ? 3 : 0,
  verdict: 'excluded',
  rule: 'no-files',
  reason: 'ENA lists no FASTQ file',
  note: '',
  filesHash: '',
  fetchKey: '',
  filesBytes: 0,
  fileCount: 0,
  state: unlisted ? 'withdrawn' : 'excluded',
  files: [],
  metadata: Object.fromEntries(METADATA_COLUMNS.map((column) => [column, columns[column] ?? ''])),
  ...record,
});

/** An included run's record: its files, of 100 bytes each, and what follows from them. */
export const included = (
  accession: string,
  state: RunRecord['state'],
  endings: readonly string[] = ['_1.fastq.gz', '_2.fastq.gz'],
): Partial<RunRecord> => {
  const filesHash = accession.replace(/\D/g, '').padStart(64, '0');
  const files = endings.map((ending) => ({
    name: `${accession}${ending}`,
    url: `https://ena/${accession}${ending}`,
    bytes: 100,
    md5: '0'.repeat(32),
  }));
  const facts = { verdict: 'included', rule: '', reason: '', state } as const;
  return {
    ...facts,
    filesHash,
    fetchKey: `${accession}#${filesHash}#fetch@0123456789ab`,
    filesBytes: 100 * files.length,
    fileCount: files.length,
    files,
  };
};

/** A source whose last good listing and records are these, in stores and objects of memory, with the real DuckDB. */
export async function mirrored(runs: readonly MirroredRun[], columns: readonly AskedColumn[] = ASKED_COLUMNS) {
  const stores = memoryStores();
  const objects = memoryObjects();
  const tables = duckDbTables({ memoryMb: 128, threads: 1 });
  const added = { entityId: SOURCE, sourceId: SOURCE, at: AT, type: 'added', actor: 'test' };
  await stores.sources.add(aSource({ sourceId: SOURCE, cycle: 1, listingCycle: 1, lastCheckedAt: AT, phase: 'running' }), added);
  await temporaryWorkspace(async (workspace) => {
    const raw = workspace.writer('raw.gz', { gzip: true });
    const lines = [columns, ...runs.filter(({ unlisted }) => !unlisted).map((run) => columns.map((column) => run[column] ?? ''))];
    await raw.write(lines.map((line) => `${line.join('\t')}\n`).join(''));
    await raw.end();
    await tables.listingToParquet(workspace.path('raw.gz'), columns, workspace.path('listing'));
    const records = workspace.writer('runs.jsonl');
    for (const run of runs) await records.write(`${JSON.stringify(recordOf(run))}\n`);
    await records.end();
    await tables.recordsToParquet(workspace.path('runs.jsonl'), workspace.path('runs'));
    await objects.upload(workspace.path('listing'), listingKeys(SOURCE, 1).listing, 'application/vnd.apache.parquet');
    await objects.upload(workspace.path('runs'), sourceKeys(SOURCE, 1).runs, 'application/vnd.apache.parquet');
  });
  return { stores, objects, tables, withWorkspace: temporaryWorkspace, now: () => new Date(AT) };
}
