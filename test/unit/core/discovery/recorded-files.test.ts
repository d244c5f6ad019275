import { basename, join } from 'node:path';
import { chooseFiles, type FileChoice } from '../../../../layers/core/discovery/file-rules';
import { readTsv, type Row } from '../../../world/ena/tables';
import { aRow } from './factories';

/** The file rules on every row that was recorded of ENA, beside what people have counted there. */
const DATA = join(__dirname, '../../../world/ena/data');
const COLUMNS = ['run_accession', 'fastq_ftp', 'fastq_md5', 'fastq_bytes', 'library_layout'] as const;
const MD5 = '0123456789abcdef0123456789abcdef';

const list = (text: string | undefined): readonly string[] => (text ?? '').split(';').filter((one) => one !== '');
const namesOf = (row: Row): readonly string[] => list(row['fastq_ftp']).map((link) => basename(link));
const choiceOf = (row: Row): FileChoice =>
  chooseFiles(aRow(Object.fromEntries(COLUMNS.map((column) => [column, row[column] ?? '']))), 'https://ftp.sra.ebi.ac.uk');

/** Layout and files as ENA lists them, then what is made of them; file names by their endings. */
function inWords(row: Row): string {
  const endings = (names: readonly string[]): string => names.map((name) => name.replace(row['run_accession'] ?? '', '')).join(' ');
  const choice = choiceOf(row);
  const used = choice.outcome === 'used' ? [endings(choice.files.map(({ name }) => name)), choice.note] : [choice.rule];
  return `${row['library_layout'] ?? '?'}: ${endings(namesOf(row)) || 'none'} → ${used.filter((part) => part !== undefined).join(', ')}`;
}

function tally(rows: readonly Row[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const words of rows.map(inWords)) counts[words] = (counts[words] ?? 0) + 1;
  return counts;
}

const RIBOSEQ = readTsv(join(DATA, 'read_run.pysradb-riboseq-2020.tsv'));
const COG_UK = readTsv(join(DATA, 'read_run.cog-uk-PRJEB37886-2021-03.twelve.tsv'));
const NAO = readTsv(join(DATA, 'read_run.nao-PRJNA924011.filereport.tsv'));
/** That report was asked for without checksums, sizes and layout. */
const NAO_FILLED = NAO.map((row) => ({
  ...row,
  library_layout: row['instrument_model'] === 'MinION' ? 'SINGLE' : 'PAIRED',
  fastq_md5: list(row['fastq_ftp'])
    .map(() => MD5)
    .join(';'),
  fastq_bytes: list(row['fastq_ftp'])
    .map(() => '100')
    .join(';'),
}));

it.each([
  {
    name: '1,000 runs of ribosome profiling',
    rows: RIBOSEQ,
    counts: {
      'SINGLE: .fastq.gz → .fastq.gz': 878,
      'SINGLE: none → no-files': 105,
      'PAIRED: _1.fastq.gz _2.fastq.gz → _1.fastq.gz _2.fastq.gz': 11,
      'PAIRED: .fastq.gz → .fastq.gz, single-file-of-paired': 6,
    },
  },
  {
    name: 'twelve runs of COG-UK',
    rows: COG_UK,
    counts: { 'PAIRED: .fastq.gz _1.fastq.gz _2.fastq.gz → _1.fastq.gz _2.fastq.gz, orphan-left-out': 12 },
  },
  {
    name: '111 runs of wastewater, as recorded without checksums',
    rows: NAO,
    counts: {
      '?: .fastq.gz _1.fastq.gz _2.fastq.gz → files-unequal': 55,
      '?: _1.fastq.gz → files-unequal': 55,
      '?: none → no-files': 1,
    },
  },
  {
    name: 'the same with checksums',
    rows: NAO_FILLED,
    counts: {
      'PAIRED: .fastq.gz _1.fastq.gz _2.fastq.gz → _1.fastq.gz _2.fastq.gz, orphan-left-out': 55,
      'SINGLE: _1.fastq.gz → _1.fastq.gz': 55,
      'SINGLE: none → no-files': 1,
    },
  },
])('$name', ({ rows, counts }) => {
  expect(tally(rows)).toEqual(counts);
});

it('takes name, checksum and size of a file from one place of the three lists, in every recorded row', () => {
  for (const row of [...RIBOSEQ, ...COG_UK]) {
    const choice = choiceOf(row);
    const [names, md5s, sizes] = [namesOf(row), list(row['fastq_md5']), list(row['fastq_bytes'])];
    for (const { name, md5, bytes } of choice.outcome === 'used' ? choice.files : []) {
      const at = names.indexOf(name);
      expect({ name, md5, bytes }).toEqual({ name: names[at], md5: md5s[at], bytes: Number(sizes[at]) });
    }
  }
});

it.each([
  { accession: 'DRR057058', what: 'an orphan of 63 bytes first', endings: ['', '_1', '_2'], sizes: '63;1000;1000', used: ['_1', '_2'] },
  { accession: 'SRR1972616', what: 'a pair of unequal sizes', endings: ['_1', '_2'], sizes: '221771;189518', used: ['_1', '_2'] },
  { accession: 'ERR1016522', what: 'PacBio, with submitted files alone', endings: [], sizes: '', used: [] },
  { accession: 'ERR1109373', what: 'three files', endings: ['', '_1', '_2'], sizes: '10;20;20', used: ['_1', '_2'] },
])('$accession: $what', ({ accession, endings, sizes, used }) => {
  const fastq_ftp = endings.map((end) => `ftp.sra.ebi.ac.uk/vol1/fastq/x/${accession}/${accession}${end}.fastq.gz`).join(';');
  const choice = choiceOf({
    run_accession: accession,
    library_layout: 'PAIRED',
    fastq_ftp,
    fastq_md5: endings.map(() => MD5).join(';'),
    fastq_bytes: sizes,
  });
  const names = choice.outcome === 'used' ? choice.files.map(({ name }) => name) : [];
  expect(names).toEqual(used.map((end) => `${accession}${end}.fastq.gz`));
});
