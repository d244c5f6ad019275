import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, renderFailures } from '../../run/failures';
import type { Suite } from '../../run/suites';

const suiteOf = (counted: Suite['counted']): Suite => ({ name: 'some', lane: 'checks', what: '', command: ['x'], capMinutes: 1, counted });
const ended = (code: number, output = ''): { code: number; output: string; timedOut: boolean } => ({ code, output, timedOut: false });

describe('what a suite that has ended tells', () => {
  const dir = mkdtempSync(join(tmpdir(), 'trawl-failures-'));
  const result = join(dir, 'some.json');
  afterAll(() => rmSync(dir, { recursive: true }));

  it('names the test that failed, its file and its reason, without colours', () => {
    writeFileSync(
      result,
      JSON.stringify({
        numPassedTests: 4,
        numFailedTests: 1,
        numRuntimeErrorTestSuites: 1,
        testResults: [
          {
            name: '/a/whole.test.ts',
            status: 'failed',
            message: '…',
            assertionResults: [
              { fullName: 'a run is lost', status: 'failed', failureMessages: ['\u001b[31mexpected 1\u001b[39m'] },
              { fullName: 'a run is found', status: 'passed', failureMessages: [] },
            ],
          },
          { name: '/a/broken.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] },
        ],
      }),
    );
    const counts = count(suiteOf('jest'), ended(1), result);
    expect(counts).toMatchObject({ passed: 4, failed: 2 });
    expect(renderFailures(counts.failures)).toBe(
      '✗ some │ whole.test.ts: a run is lost\n    expected 1\n\n✗ some │ broken.test.ts\n    Cannot find module\n',
    );
  });

  it('gives the last lines of a suite that left no result', () => {
    expect(count(suiteOf('jest'), ended(1, 'heap out of memory\n'), join(dir, 'none.json'))).toEqual({
      passed: 0,
      failed: 1,
      failures: [{ suite: 'some', test: 'left no result', why: 'heap out of memory' }],
    });
  });

  it.each([
    ['unittest', 0, 'Ran 12 tests in 1s\n\nOK', 12, 0],
    ['unittest', 1, 'Ran 12 tests in 1s\n\nFAILED (failures=2, errors=1)', 9, 3],
    ['unittest', 1, 'ImportError', 0, 1],
    ['unittest', 0, 'Ran 0 tests in 0s\n\nOK', 0, 1],
    ['exit-code', 0, '', 1, 0],
    ['exit-code', 2, 'x.ts: error', 0, 1],
  ] as const)('counts %s that ended with %d and "%s"', (counted, code, output, passed, failed) => {
    const counts = count(suiteOf(counted), ended(code, output), result);
    expect(counts).toMatchObject({ passed, failed });
    expect(counts.failures).toHaveLength(failed === 0 ? 0 : 1);
  });
});
