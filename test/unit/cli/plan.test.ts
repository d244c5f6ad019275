import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trawl } from './installation';
import { containing } from '../matchers';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trawl-plan-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const HEADER = ['run_accession', 'library_layout', 'fastq_ftp', 'fastq_md5', 'fastq_bytes'];
const row = (at: number, bytes: number): readonly string[] => {
  const accession = `ERR${String(at).padStart(6, '0')}`;
  return [accession, 'SINGLE', `ftp.sra.ebi.ac.uk/vol1/${accession}.fastq.gz`, 'a'.repeat(32), String(bytes)];
};
const noFiles = ['ERR900000', 'SINGLE', '', '', ''];
const tsv = (rows: readonly (readonly string[])[], end = '\n'): string => rows.map((values) => values.join('\t') + end).join('');
const report = (text: string | Buffer): string => {
  const path = join(folder, `${Math.random()}.tsv`);
  writeFileSync(path, text);
  return path;
};
const plan = (text: string | Buffer, ...flags: readonly string[]) => trawl('plan', '--listing', report(text), ...flags);
const json = async (text: string, ...flags: readonly string[]): Promise<unknown> =>
  JSON.parse((await plan(text, '--json', ...flags)).stdout);

const whole = tsv([HEADER, row(1, 400), row(2, 300), row(3, 300), noFiles]);

test('a report gives runs, exclusions by rule, batches and the ratio, and nothing else', async () => {
  const ended = await plan(whole, '--json', '--workers', '2', '--max-runs', '2');
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(ended.stdout)).toEqual({
    ...{ runs: 4, included: 3, excluded: { 'no-files': 1 }, makespanRatio: expect.closeTo(64 / 63, 5) as number },
    batches: [
      { runs: 2, bytes: 600, seconds: 64 },
      { runs: 1, bytes: 400, seconds: 62 },
    ],
    pace: { secondsPerBatch: 60, secondsPerRun: 2, secondsPerByte: 1 / 30e6, learnedFrom: 0 },
    providers: { slurm: { hours: 2, dollars: 0 }, droplet: { hours: 2, dollars: 0.07, egressDollars: 0 } },
  });
});

test.each([
  ['lines that end as on Windows', tsv([HEADER, row(1, 400), row(2, 300), row(3, 300), noFiles], '\r\n')],
  ['a byte order mark', `\uFEFF${whole}`],
  ['no end of line at its end', whole.slice(0, -1)],
  ['empty lines', whole.replaceAll('\n', '\n\n')],
  [
    'columns in another order, and unknown ones',
    tsv(
      [HEADER, row(1, 400), row(2, 300), row(3, 300), noFiles].map((values, at) => [
        at === 0 ? 'nick' : 'a "nick',
        ...[...values].reverse(),
      ]),
    ),
  ],
])('a report with %s reads the same', async (_, text) => {
  expect(await json(text, '--workers', '2')).toEqual(await json(whole, '--workers', '2'));
});

describe('hours and dollars', () => {
  const large = tsv([HEADER, row(1, 1e11), row(2, 1e11)]);
  test('are told for both providers, egress included', async () => {
    const { stdout } = await plan(large);
    expect(stdout).toMatch(/on slurm +2 worker hours, no dollars\non droplet +4 worker hours, 2\.18 dollars, 1\.80 of them for egress/);
  });
  test('follow what a person knows better', async () => {
    const flags = ['--mb-per-second', '1000', '--dollars-per-hour', '0.5', '--egress-dollars-per-gib', '0'];
    expect(await json(large, ...flags)).toMatchObject({
      providers: { slurm: { hours: 2, dollars: 0 }, droplet: { hours: 2, dollars: 1, egressDollars: 0 } },
    });
  });
  test('are not guessed where the report has no sizes', async () => {
    expect(await json('run_accession\nERR000001\n')).not.toHaveProperty('providers');
    expect((await plan('run_accession\nERR000001\n')).stdout).not.toContain('dollars');
  });
  test('are nothing where nothing is due', async () => {
    const nothing = { slurm: { hours: 0, dollars: 0 }, droplet: { hours: 0, dollars: 0, egressDollars: 0 } };
    expect(await json(tsv([HEADER, noFiles]))).toMatchObject({ providers: nothing });
  });
});

test('a report larger than what is read at once is read whole', async () => {
  const rows = Array.from({ length: 20_000 }, (_, at) => row(at + 1, 1_000));
  expect(await json(tsv([HEADER, ...rows]))).toMatchObject({ runs: 20_000, included: 20_000 });
});

test.each([
  ['only accessions', ['run_accession'], ['fastq_ftp', 'fastq_bytes']],
  ['no sizes', ['run_accession', 'fastq_ftp'], ['fastq_md5', 'fastq_bytes']],
  ['no accessions', ['fastq_bytes'], ['run_accession']],
])('a report with %s is planned, and what needs a missing column is said', async (_, columns, missing) => {
  const pick = (values: readonly string[]): readonly string[] => columns.map((column) => values[HEADER.indexOf(column)] ?? '');
  const { code, stdout, stderr } = await plan(tsv([HEADER, row(1, 400), row(2, 300)].map(pick)), '--json');
  expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ runs: 2, included: 2 })]);
  missing.forEach((column) => expect(stderr).toMatch(new RegExp(`no column ${column}, which is needed for`)));
});

test('a report without sizes is not said to be of 0 bytes', async () => {
  const { code, stdout } = await plan('run_accession\nERR000001\n');
  expect([code, stdout]).toEqual([0, containing('batches    1, size unknown')]);
  expect(stdout).not.toMatch(/\b0 B|makespan/);
});

test.each<readonly [string, string | Buffer, string]>([
  ['empty', '', 'is empty'],
  ['nothing but empty lines', '\n\n', 'is empty'],
  ['without a header', tsv([row(1, 400)]), 'has no header line'],
  ['a page of HTML', '<html>Sorry</html>', 'has no header line'],
  ['comma-separated', 'run_accession,fastq_bytes\nERR000001,5\n', 'has no header line'],
  ['packed', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), 'is no text'],
  ['cut off', whole.slice(0, whole.indexOf('ERR000003') + 12), 'line 4: '],
])('a file that is %s: one clear message', async (_, text, said) => {
  const { code, stdout, stderr } = await plan(text);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(said);
  expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
});

test.each([
  ['no listing', ['plan'], '--listing <file> is needed'],
  ['a file that is not there', ['plan', '--listing', '/nowhere'], '/nowhere cannot be read'],
  ['a folder', ['plan', '--listing', '/'], '/ cannot be read'],
  ['no workers', ['plan', '--listing', 'x', '--workers', '0'], 'less than 1'],
  ['no speed', ['plan', '--listing', 'x', '--mb-per-second', '0'], 'must be more than 0'],
  ['a price that is none', ['plan', '--listing', 'x', '--dollars-per-hour', '-1'], 'not a number'],
  ['half a run', ['plan', '--listing', 'x', '--max-runs', '1.5'], 'not a whole number'],
])('%s: one clear message', async (_, args, said) => {
  expect(await trawl(...args)).toMatchObject({ code: 2, stdout: '', stderr: containing(said) });
});

test('a reader that stops early, such as head, ends the command without a complaint', () => {
  const bin = join(__dirname, '../../../cli/bin.cjs');
  // `sleep` lets the pipe be closed before anything is written to it.
  const script = '{ sleep 0.2; "$0" "$1" plan --listing "$2"; echo "ended $?" >&2; } | true';
  const ended = spawnSync('sh', ['-c', script, process.execPath, bin, report(whole)], { encoding: 'utf8' });
  expect(ended.stderr).toBe('ended 0\n');
});

test('the command as installed reads standard input and needs no installation', () => {
  const bin = join(__dirname, '../../../cli/bin.cjs');
  const ended = spawnSync(process.execPath, [bin, 'plan', '--listing', '-'], {
    input: whole,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  expect({ code: ended.status, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
  expect(ended.stdout).toMatch(/runs +4\nincluded +3\nexcluded +1\n +1 no-files\nbatches +1, 1.0 kB/);
});
