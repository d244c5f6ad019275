import fc from 'fast-check';
import { chooseFiles } from '../../../../layers/core/discovery/file-rules';
import { filesHashOf } from '../../../../layers/core/discovery/files-hash';
import { RunFile } from '../../../../layers/core/wire';
import { aRow } from './factories';

const BASE = 'https://ftp.sra.ebi.ac.uk';
const names = (endings: readonly string[]): readonly string[] => endings.map((ending) => `ERR100001${ending}`);

describe('the files of a run that are used', () => {
  it.each([
    { name: 'a pair', endings: ['_1.fastq.gz', '_2.fastq.gz'], layout: 'PAIRED', used: ['_1.fastq.gz', '_2.fastq.gz'], note: undefined },
    {
      name: 'a pair without its orphan, which ENA lists first',
      endings: ['.fastq.gz', '_1.fastq.gz', '_2.fastq.gz'],
      layout: 'PAIRED',
      used: ['_1.fastq.gz', '_2.fastq.gz'],
      note: 'orphan-left-out',
    },
    {
      name: 'a pair listed the other way round',
      endings: ['_2.fastq.gz', '_1.fastq.gz'],
      layout: 'PAIRED',
      used: ['_1.fastq.gz', '_2.fastq.gz'],
    },
    { name: 'one file', endings: ['.fastq.gz'], layout: 'SINGLE', used: ['.fastq.gz'], note: undefined },
    { name: 'one file of a pair', endings: ['.fastq.gz'], layout: 'PAIRED', used: ['.fastq.gz'], note: 'single-file-of-paired' },
    { name: 'a lone first file, as MinION has', endings: ['_1.fastq.gz'], layout: 'SINGLE', used: ['_1.fastq.gz'], note: undefined },
    {
      name: 'a pair that is called single',
      endings: ['.fastq.gz', '_1.fastq.gz', '_2.fastq.gz'],
      layout: 'SINGLE',
      used: ['_1.fastq.gz', '_2.fastq.gz'],
      note: 'pair-of-single',
    },
  ])('are $name', ({ endings, layout, used, note }) => {
    const choice = chooseFiles(aRow({ endings, library_layout: layout }), BASE);
    expect(choice).toMatchObject({ outcome: 'used', files: names(used).map((name) => ({ name })) });
    expect(choice).toEqual(
      note === undefined ? expect.not.objectContaining({ note: expect.anything() as string }) : expect.objectContaining({ note }),
    );
  });

  it('have the base address in the place of the host, whatever the scheme', () => {
    const row = aRow({ endings: ['.fastq.gz'] });
    const url = `${BASE}/vol1/fastq/ERR100/001/ERR100001/ERR100001.fastq.gz`;
    for (const fastq_ftp of [row.fastq_ftp, `ftp://${row.fastq_ftp}`]) {
      const choice = chooseFiles({ ...row, fastq_ftp }, BASE);
      expect(choice).toMatchObject({ files: [{ url }] });
      if (choice.outcome === 'used') expect(RunFile.safeParse(choice.files[0]).success).toBe(true);
    }
  });

  it('do not care about an empty orphan', () => {
    const row = aRow({ endings: ['.fastq.gz', '_1.fastq.gz', '_2.fastq.gz'], fastq_bytes: '0;100;100' });
    expect(chooseFiles(row, BASE)).toMatchObject({ outcome: 'used' });
  });
});

describe('a run is left out', () => {
  it.each([
    { rule: 'no-files', row: aRow({ fastq_ftp: '', fastq_md5: '', fastq_bytes: '' }) },
    { rule: 'files-unequal', row: aRow({ fastq_md5: '0123456789abcdef0123456789abcdef' }) },
    { rule: 'files-unequal', row: aRow({ fastq_bytes: '' }) },
    { rule: 'files-incomplete', row: aRow({ fastq_md5: ';0123456789abcdef0123456789abcdef' }) },
    { rule: 'files-incomplete', row: aRow({ fastq_bytes: '100;' }) },
    { rule: 'files-empty', row: aRow({ fastq_bytes: '100;0' }) },
    { rule: 'lone-second-mate', row: aRow({ endings: ['_2.fastq.gz'] }) },
    { rule: 'files-ambiguous', row: aRow({ endings: ['.fastq.gz', '_1.fastq.gz'] }) },
    { rule: 'files-ambiguous', row: aRow({ endings: ['_1.fastq.gz', '_1.fastq.gz', '_2.fastq.gz'] }) },
    { rule: 'file-name-illegal', row: aRow({ endings: ['.fastq.gz'], fastq_ftp: 'host/vol1/../../etc/passwd' }) },
    { rule: 'file-name-illegal', row: aRow({ endings: ['.fastq.gz'], fastq_ftp: 'host/vol1/a b.fastq.gz' }) },
    { rule: 'file-name-illegal', row: aRow({ endings: ['.fastq.gz'], fastq_ftp: 'host/vol1/-rf' }) },
  ])('by $rule: $row.fastq_ftp $row.fastq_bytes', ({ rule, row }) => {
    expect(chooseFiles(row, BASE)).toMatchObject({ outcome: 'excluded', rule, reason: expect.any(String) as string });
  });
});

describe('the hash of a set of files', () => {
  const File = fc.record({
    name: fc.stringMatching(/^[a-z0-9_]{1,8}\.fastq\.gz$/),
    bytes: fc.integer({ min: 1, max: 1e12 }),
    md5: fc.stringMatching(/^[0-9a-f]{32}$/),
  });
  const Files = fc.array(File, { minLength: 1, maxLength: 4 });

  it('does not depend on their order', () => {
    fc.assert(
      fc.property(
        Files.chain((files) => fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length }))),
        ([files, other]) => {
          expect(filesHashOf(other)).toBe(filesHashOf(files));
        },
      ),
    );
  });

  it('changes with every name, size and checksum', () => {
    fc.assert(
      fc.property(File, (file) => {
        const changed = [
          { ...file, bytes: file.bytes + 1 },
          { ...file, name: `x${file.name}` },
          { ...file, md5: file.md5.split('').reverse().join('x') },
        ];
        expect(new Set([file, ...changed].map((one) => filesHashOf([one]))).size).toBe(4);
      }),
    );
  });

  it('is the one that directories carry', () => {
    const files = [{ name: 'a.fastq.gz', bytes: 1, md5: '0'.repeat(32) }];
    expect(filesHashOf(files)).toBe('61518e9b9e47722e16d486dda89e1cf73d25cf3cc5f286756abf151013d69c38');
  });
});
