import { basename, join } from 'node:path';
import { type FastqSpec, planSizes } from './fastq';
import { readTsv, type Row } from './tables';

/** A row of the archive and the specs of its generated files, in the order of its `fastq_ftp`; none for files that are only named. */
export interface Recording {
  readonly row: Row;
  readonly specs: readonly FastqSpec[];
}

/** The rows whose files really exist here: the demo's three sources. */
const isServed = (row: Row): boolean =>
  row['fastq_ftp'] !== '' &&
  (row['study_accession'] === 'PRJEB28810' || row['study_accession'] === 'PRJEB37886' || row['tax_id'] === '9031');

/** All recorded rows, in recorded order; the sizes of the served files add up to `totalBytes`. */
export function loadRecordings(dataDirectory: string, totalBytes: number, seed: number): readonly Recording[] {
  const rows: readonly Row[] = [
    ...readTsv(join(dataDirectory, 'read_run.pysradb-riboseq-2020.tsv')),
    ...readTsv(join(dataDirectory, 'read_run.cog-uk-PRJEB37886-2021-03.twelve.tsv')),
    // The report of one study, asked for without naming the study's column.
    ...readTsv(join(dataDirectory, 'read_run.nao-PRJNA924011.filereport.tsv')).map((row) => ({ ...row, study_accession: 'PRJNA924011' })),
  ];
  const wanted = rows.filter(isServed).flatMap((row) => plainSizes(row).map((bytes, at) => ({ row, at, bytes })));
  const sizes = planSizes(
    wanted.map(({ bytes }) => bytes),
    totalBytes,
  );
  const specs = new Map<Row, FastqSpec[]>();
  wanted.forEach(({ row, at }, index) => {
    const spec = { accession: row['run_accession'] ?? '', fileName: fileNames(row)[at] ?? '', targetBytes: sizes[index] ?? 0, seed };
    specs.set(row, [...(specs.get(row) ?? []), spec]);
  });
  return rows.map((row) => ({ row, specs: specs.get(row) ?? [] }));
}

/** The names at the end of a row's `fastq_ftp`. */
export function fileNames(row: Row): readonly string[] {
  return paths(row).map((path) => basename(path));
}

/** The server paths (`/vol1/…`) of a row's `fastq_ftp`, whose values have a host but no scheme. */
export function paths(row: Row): readonly string[] {
  return (row['fastq_ftp'] ?? '')
    .split(';')
    .filter((value) => value !== '')
    .map((value) => value.slice(value.indexOf('/')));
}

// Mates get one size, so that they hold the same reads.
function plainSizes(row: Row): readonly number[] {
  const sizes = (row['fastq_bytes'] ?? '').split(';').map(Number);
  const isMate = fileNames(row).map((name) => /_[12]\.fastq\.gz$/.test(name));
  const mates = sizes.filter((_, at) => isMate[at]);
  const mean = mates.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, mates.length);
  return sizes.map((bytes, at) => (isMate[at] ? mean : bytes));
}
