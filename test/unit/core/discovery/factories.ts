import type { WorkflowVersion } from '../../../../layers/core/workflows/records';
import { LISTING_COLUMNS, type ListingRow } from '../../../../layers/core/discovery/columns';
import type { Source } from '../../../../layers/core/entities';
import type { Stage } from '../../../../layers/core/wire';

const MD5 = '0123456789abcdef0123456789abcdef';

/** An idle source with no history. */
export const aSource = (values: Partial<Source> = {}): Source => ({
  sourceId: 'study:PRJEB28810',
  includeSubtree: false,
  priority: 3,
  workflow: 'fetch',
  recheckSeconds: 3600,
  limits: { runs: 1000, bytes: 1e12, dollars: 10 },
  paused: false,
  lastRunStatus: 'new',
  phase: 'idle',
  cycle: 0,
  cycleRunning: false,
  checkRequested: false,
  pool: 'scheduled',
  nextCheckAt: '2026-01-01T00:00:00.000Z',
  listingCycle: 0,
  plannedBatches: 0,
  approval: 'none',
  counts: { known: 0, excluded: 0, withdrawn: 0, complete: 0, failed: 0 },
  indexAsked: 0,
  indexDone: 0,
  generatedWarning: [],
  createdAt: '2026-01-01T00:00:00.000Z',
  version: 0,
  ...values,
});

export const aStage = (values: Partial<Stage> = {}): Stage => ({
  name: 'fetch',
  pipeline: 'fetch',
  revision: '0123456789ab',
  parameters: {},
  resources: { cpus: 1, memoryMb: 512, timeMinutes: 10 },
  ...values,
});

/** A row whose files have the given endings (`_1.fastq.gz`), all with a sound checksum and 100 bytes. */
export const aRow = (values: Partial<ListingRow> & { readonly endings?: readonly string[] } = {}): ListingRow => {
  const { endings = ['_1.fastq.gz', '_2.fastq.gz'], ...columns } = values;
  const accession = columns.run_accession ?? 'ERR100001';
  const blank = Object.fromEntries(LISTING_COLUMNS.map((column) => [column, ''])) as ListingRow;
  return {
    ...blank,
    run_accession: accession,
    library_layout: 'PAIRED',
    instrument_platform: 'ILLUMINA',
    library_strategy: 'ssRNA-seq',
    base_count: '1000',
    first_public: '2020-05-05',
    fastq_ftp: endings.map((ending) => `ftp.sra.ebi.ac.uk/vol1/fastq/ERR100/001/${accession}/${accession}${ending}`).join(';'),
    fastq_md5: endings.map(() => MD5).join(';'),
    fastq_bytes: endings.map(() => '100').join(';'),
    ...columns,
  };
};

/** A version of a workflow that looks at what was fetched, on the cluster alone; `minutes` is all that versions differ in. */
export const aFlow = (version: number, minutes = 5): WorkflowVersion => ({
  ...{ name: 'flow', version, importedBy: 'x', importedAt: '2026-01-01T00:00:00.000Z' },
  document: {
    workflow: 'flow',
    stages: [
      { name: 'fetch', builtin: 'fetch' },
      {
        ...{ name: 'look', after: ['fetch'], pipeline: { directory: 'look', revision: 'a'.repeat(12) }, parameters: {} },
        ...{ resources: { cpus: 4, memoryMb: 100, timeMinutes: minutes }, providers: ['slurm'] },
      },
    ],
  },
});
