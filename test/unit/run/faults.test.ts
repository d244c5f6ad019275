import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isInjected, readCatalogue, type Fault } from '../../run/faults/catalogue';
import { judge, type Ended } from '../../run/faults/judge';
import type { Ledger, Tally } from '../../run/faults/ledger';

const ROOT = resolve(__dirname, '../../..');
const FAULT: Fault = {
  id: 'slurm-gone',
  fault: 'Slurm is gone',
  injectedAt: 'slurmctld is stopped',
  endState: 'it comes back',
  file: 'test/e2e/x.test.ts',
  test: 'waits for it',
};
const NEVER: Fault = { id: 'queue-doubled', fault: 'a queue doubles', cannotOccur: 'There is no queue here.' };
const PASSED: Ended = { file: '/somewhere/test/e2e/x.test.ts', name: 'faults waits for it', passed: true, words: '' };
const TALLY: Tally = { installation: 'e2e', lost: [], leaked: [] };
const ledger = (times: Record<string, number>, ...tallies: readonly Tally[]): Ledger => ({
  times: new Map(Object.entries(times)),
  tallies,
});

describe('the verdict on faults', () => {
  it('is a pass where each came to be and its test passed', () => {
    const report = judge([FAULT, NEVER], [PASSED], ledger({ 'slurm-gone': 2 }, TALLY));
    expect(report).toMatchObject({ lost: 0, leaked: 0, against: [] });
    expect(report.faults).toMatchObject([
      { id: 'slurm-gone', injected: 2, survived: true },
      { id: 'queue-doubled', injected: 0, survived: true, cannotOccur: 'There is no queue here.' },
    ]);
  });

  it.each([
    { why: 'it was injected 0 times', ended: [PASSED], times: {} },
    {
      why: 'its test failed',
      ended: [{ ...PASSED, passed: false, words: 'not complete' }],
      times: { 'slurm-gone': 1 },
      says: /not complete/,
    },
    { why: 'its test did not run', ended: [], times: { 'slurm-gone': 1 }, says: /no test "waits for it" ran/ },
    { why: 'one came to be that is not listed', ended: [PASSED], times: { 'slurm-gone': 1, 'disk-eaten': 1 }, says: /disk-eaten/ },
    { why: 'one came to be that cannot', ended: [PASSED], times: { 'slurm-gone': 1, 'queue-doubled': 1 }, says: /cannot occur/ },
  ])('is against it where $why', ({ ended, times, says = /0 times/ }) => {
    const { against } = judge([FAULT, NEVER], ended, ledger(times, TALLY));
    expect(against).toEqual([expect.stringMatching(says)]);
  });

  it('counts what was lost and leaked, and asks that somebody has looked', () => {
    const lost = judge([FAULT], [PASSED], ledger({ 'slurm-gone': 1 }, { ...TALLY, lost: ['ERR1'], leaked: ['droplet', 'job'] }));
    expect(lost).toMatchObject({ lost: 1, leaked: 2, against: ['lost: ERR1', 'leaked: droplet', 'leaked: job'] });
    expect(judge([FAULT], [PASSED], ledger({ 'slurm-gone': 1 })).against).toEqual([expect.stringContaining('looked over')]);
  });
});

/** What a test file says, with the tables of its folder: `x.test.ts` has them in `x/`. */
function written(file: string): string {
  const folder = join(ROOT, file.replace(/\.test\.ts$/, ''));
  const tables = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
    : [];
  const paths = [join(ROOT, file), ...tables.map((path) => join(folder, path))];
  return paths.map((path) => readFileSync(path, 'utf8').replaceAll("\\'", "'")).join('\n');
}

/** Whether a title is there, as it is or made of one with `%s` or `$name` and what stands in a table for that. */
function isTitled(text: string, title: string): boolean {
  if (text.includes(title)) return true;
  return [...text.matchAll(/'([^'\n]*)(?:%s|\$name)([^'\n]*)'/g)].some(([, before = '', after = '']) => {
    const value = title.slice(before.length, title.length - after.length);
    return title === `${before}${value}${after}` && text.includes(`'${value}'`);
  });
}

test('every fault that is listed names a test that is there', () => {
  const missing = readCatalogue()
    .filter(isInjected)
    .filter(({ file, test: name }) => !existsSync(join(ROOT, file)) || !isTitled(written(file), name));
  expect(missing).toEqual([]);
});

test.each([
  { why: 'it is there', title: 'waits for it', is: true },
  { why: 'a table has its value', title: 'bears 429 twice', is: true },
  { why: 'no table has its value', title: 'bears 430 twice', is: false },
  { why: 'it is another', title: 'bears 429 thrice', is: false },
])('a title is known where $why', ({ title, is }) => {
  expect(isTitled("it('waits for it'); it.each([{ name: '429' }])('bears $name twice')", title)).toBe(is);
});
