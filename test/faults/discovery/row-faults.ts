import { injected } from '../../run/faults/ledger';
import type { Row } from '../../world/ena/tables';
import { runsOf } from '../../e2e/support/cli';
import { expectWhole, summaryOf } from './known';
import { sourceOf, type Place } from './place';

export const ROWS_STUDY = 'PRJEB950050';
/** Any recorded run that has all columns; new rows are made like it. */
const MODEL = 'ERR2812343';
const MD5 = '0123456789abcdef0123456789abcdef';

/** A row that changes for the worse: what becomes of it, and what must be made of it. */
interface RowFault {
  /** In `test/faults.json`. */
  readonly id: string;
  readonly name: string;
  /** Files of the run. */
  readonly files: 1 | 2 | 3;
  /** `withdraw`: the row is gone; `regenerate`: other bytes under the same dates. */
  readonly becomes: 'withdraw' | 'regenerate' | ((row: Row) => Row);
  readonly state: 'due' | 'excluded' | 'missing';
  readonly rule?: string;
}

const list = (row: Row, column: string): readonly string[] => (row[column] ?? '').split(';');

export const ROW_FAULTS: readonly RowFault[] = [
  {
    id: 'archive-checksums-reordered',
    name: 'checksums in another order',
    files: 2,
    becomes: (row) => ({ fastq_md5: list(row, 'fastq_md5').toReversed().join(';') }),
    state: 'due',
  },
  { id: 'archive-regenerated', name: 'the same dates, but another checksum', files: 1, becomes: 'regenerate', state: 'due' },
  { id: 'archive-sample-moved', name: 'another sample', files: 1, becomes: () => ({ sample_accession: 'SAMEA9500001' }), state: 'due' },
  { id: 'archive-run-suppressed', name: 'a run that is suppressed', files: 1, becomes: 'withdraw', state: 'missing' },
  {
    id: 'archive-run-files-emptied',
    name: 'file columns empty',
    files: 2,
    becomes: () => ({ fastq_ftp: '', fastq_md5: '', fastq_bytes: '' }),
    state: 'excluded',
    rule: 'no-files',
  },
  {
    id: 'archive-two-checksums-for-three',
    name: 'three files with two checksums',
    files: 3,
    becomes: () => ({ fastq_md5: `${MD5};${MD5}` }),
    state: 'excluded',
    rule: 'files-unequal',
  },
  {
    id: 'archive-one-checksum-for-three',
    name: 'three files with one checksum',
    files: 3,
    becomes: () => ({ fastq_md5: MD5 }),
    state: 'excluded',
    rule: 'files-unequal',
  },
  {
    id: 'archive-directory-link',
    name: 'a directory behind a link',
    files: 1,
    becomes: (row) => ({ fastq_ftp: (row['fastq_ftp'] ?? '').replace(/[^/]*$/, '') }),
    state: 'excluded',
    rule: 'file-name-illegal',
  },
  {
    id: 'archive-second-mate-alone',
    name: 'the second mate alone',
    files: 2,
    becomes: (row) => Object.fromEntries(['fastq_ftp', 'fastq_md5', 'fastq_bytes'].map((column) => [column, list(row, column)[1] ?? ''])),
    state: 'excluded',
    rule: 'lone-second-mate',
  },
];
/** Two more rows that nothing happens to. */
const UNTOUCHED = 2;

export const accessionOf = (at: number): string => `ERR95009${String(at).padStart(2, '0')}`;
const fileNames = (accession: string, files: number): readonly string[] =>
  [['.fastq.gz'], ['_1.fastq.gz', '_2.fastq.gz'], ['.fastq.gz', '_1.fastq.gz', '_2.fastq.gz']][files - 1]?.map((end) => accession + end) ??
  [];

export async function makeRows({ installation: { ena } }: Place): Promise<void> {
  const counts = [...ROW_FAULTS.map(({ files }) => files), ...Array.from({ length: UNTOUCHED }, () => 1)];
  for (const [at, files] of counts.entries()) {
    const accession = accessionOf(at);
    const named = fileNames(accession, files).map((name) => ({ name, bytes: 50_000 }));
    const fields = { study_accession: ROWS_STUDY, secondary_study_accession: '', library_layout: files === 1 ? 'SINGLE' : 'PAIRED' };
    await ena.change({ kind: 'add', accession, like: MODEL, fields, files: named });
  }
}

/** Makes all of them worse at once. @returns what makes them good again, but for the bytes that are new for good */
export async function spoilRows({ installation: { ena } }: Place): Promise<() => Promise<void>> {
  const undo: (() => Promise<unknown>)[] = [];
  for (const [at, { becomes }] of ROW_FAULTS.entries()) {
    const accession = accessionOf(at);
    const row = await ena.row(accession);
    if (becomes === 'regenerate') await ena.change({ kind: 'regenerate', accession });
    else if (becomes === 'withdraw') {
      await ena.change({ kind: 'withdraw', accession });
      undo.push(() => ena.change({ kind: 'restore', accession }));
    } else {
      const fields = becomes(row);
      const before = Object.fromEntries(Object.keys(fields).map((column) => [column, row[column] ?? '']));
      await ena.change({ kind: 'edit', accession, fields });
      undo.push(() => ena.change({ kind: 'edit', accession, fields: before }));
    }
  }
  return async () => {
    for (const step of undo) await step();
  };
}

/** The state and the rule of each run, as `trawl show` tells them. */
export async function statesOf({ installation }: Place): Promise<ReadonlyMap<string, { readonly state: string; readonly rule?: string }>> {
  const found = await Promise.all(
    ['due', 'excluded', 'missing', 'withdrawn'].map((state) => runsOf(installation, sourceOf(ROWS_STUDY), state)),
  );
  return new Map(found.flat().map(({ accession, state, rule }) => [accession, { state, ...(rule ? { rule } : {}) }]));
}

/** Notes that the worse rows came to be, once a search was answered with them. */
async function noteRows({ installation: { ena } }: Place, from: number): Promise<void> {
  const searched = (await ena.requests()).filter(
    ({ seq, path, query }) => seq > from && path.endsWith('/search') && query['query']?.includes(ROWS_STUDY),
  );
  if (searched.length === 0) throw new Error(`nobody asked for ${ROWS_STUDY}`);
  for (const { id } of ROW_FAULTS) injected(id);
}

/** One good listing after the other: worse rows, the same twice more, and all as it was. */
export async function playRows(place: Place) {
  const sourceId = sourceOf(ROWS_STUDY);
  await expectWhole(place, ROWS_STUDY, await place.untilCycleEnded(sourceId, 1));
  const restore = await spoilRows(place);
  const from = (await place.installation.ena.requests()).at(-1)?.seq ?? 0;
  const { cycle } = await place.check(sourceId);
  await noteRows(place, from);
  const spoilt = { states: await statesOf(place), summary: await summaryOf(place, ROWS_STUDY, cycle) };
  await place.check(sourceId);
  const { cycle: third } = await place.check(sourceId);
  const gone = { states: await statesOf(place), summary: await summaryOf(place, ROWS_STUDY, third) };
  await restore();
  const healed = await place.check(sourceId);
  return { spoilt, gone, healed, summary: await summaryOf(place, ROWS_STUDY, healed.cycle) };
}
