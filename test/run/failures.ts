import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Ended } from './run-suite';
import type { Suite } from './suites';

interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** A test that failed: where, and the first lines of why. */
export interface Failure {
  readonly suite: string;
  readonly test: string;
  readonly why: string;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
}

// Colours are for a terminal.
// eslint-disable-next-line no-control-regex
const plain = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, '');
const head = (text: string): string => plain(text).trim().split('\n').slice(0, 25).join('\n');
const tail = (text: string): string => plain(text).trimEnd().split('\n').slice(-40).join('\n');

function readJest(suite: string, resultPath: string, output: string): Counts {
  if (!existsSync(resultPath)) return { passed: 0, failed: 1, failures: [{ suite, test: 'left no result', why: tail(output) }] };
  const result = JSON.parse(readFileSync(resultPath, 'utf8')) as JestResult;
  const failures = result.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0 && status === 'failed') return [{ suite, test: basename(name), why: head(message) }];
    return failed.map((test) => ({ suite, test: `${basename(name)}: ${test.fullName}`, why: head(test.failureMessages.join('\n')) }));
  });
  return { passed: result.numPassedTests, failed: result.numFailedTests + result.numRuntimeErrorTestSuites, failures };
}

function readUnittest(suite: string, { code, output }: Ended): Counts {
  const ran = Number(/Ran (\d+) tests?/.exec(output)?.[1] ?? 0);
  const bad = [...(/FAILED \(([^)]*)\)/.exec(output)?.[1] ?? '').matchAll(/(?:failures|errors)=(\d+)/g)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
  if (code === 0 && ran > 0) return { passed: ran, failed: 0, failures: [] };
  return { passed: Math.max(0, ran - bad), failed: Math.max(1, bad), failures: [{ suite, test: 'unittest', why: tail(output) }] };
}

function readCode(suite: string, { code, output }: Ended): Counts {
  if (code === 0) return { passed: 1, failed: 0, failures: [] };
  return { passed: 0, failed: 1, failures: [{ suite, test: `ended with ${code ?? 'a signal'}`, why: tail(output) }] };
}

/** Counts what a suite that has ended ran, and names what failed. */
export function count(suite: Suite, ended: Ended, resultPath: string): Counts {
  if (suite.counted === 'jest') return readJest(suite.name, resultPath, ended.output);
  return suite.counted === 'unittest' ? readUnittest(suite.name, ended) : readCode(suite.name, ended);
}

/** What people read last: each failure with its reason. */
export function renderFailures(failures: readonly Failure[]): string {
  return failures.map(({ suite, test, why }) => `✗ ${suite} │ ${test}\n${why.replace(/^/gm, '    ')}\n`).join('\n');
}
