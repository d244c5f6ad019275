import { Command } from 'commander';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { table } from '../../cli/output';
import { ensureSystemPackages, MissingSystemPackages } from '../world/system/ensure';
import { browserPackages, clusterPackages, dropletPackages } from '../world/system/packages';
import { count, renderFailures, type Failure } from './failures';
import { clearLedger } from './faults/ledger';
import { runSuite } from './run-suite';
import { LANES, SUITES, type Suite } from './suites';

const ROOT = resolve(__dirname, '../..');
const RESULTS = join(ROOT, '.trawl', 'test-results');

interface Result {
  readonly suite: Suite;
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly Failure[];
  readonly seconds: number;
  readonly note: string;
}

async function judge(suite: Suite): Promise<Result> {
  process.stdout.write(`\n── ${suite.name}: ${suite.what}\n`);
  const resultPath = join(RESULTS, `${suite.name}.json`);
  rmSync(resultPath, { force: true });
  const startedAt = Date.now();
  const ended = await runSuite(suite, ROOT, resultPath);
  const seconds = Math.round((Date.now() - startedAt) / 1_000);
  const counts = count(suite, ended, resultPath);
  // A suite that failed without a failed test (nothing found, a crash, the cap) is a failure all the same.
  const failed = ended.code === 0 ? counts.failed : Math.max(1, counts.failed);
  const note = ended.timedOut ? `ended at its cap of ${suite.capMinutes} min` : '';
  return { suite, passed: counts.passed, failed, failures: counts.failures, seconds, note };
}

/** One suite after the other. */
async function runLane(suites: readonly Suite[], results: Result[]): Promise<void> {
  for (const suite of suites) results.push(await judge(suite));
}

async function main(): Promise<void> {
  const program = new Command('npm test --')
    .argument('[suites...]', `of ${SUITES.map(({ name }) => name).join(', ')}; all by default`)
    .parse();
  const unknown = program.args.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) return program.error(`no such suite: ${unknown.join(', ')}`, { exitCode: 2 });
  mkdirSync(RESULTS, { recursive: true });
  const chosen = SUITES.filter(({ name }) => program.args.length === 0 || program.args.includes(name));
  // Before the first suite: an installation takes longer than a test may.
  if (chosen.some(({ needsSystem }) => needsSystem))
    await ensureSystemPackages([...new Set([...clusterPackages, ...dropletPackages, ...browserPackages, 'shellcheck' as const])]);
  clearLedger();
  const results: Result[] = [];
  for (const lanes of LANES)
    await Promise.all(
      lanes.map((lane) =>
        runLane(
          chosen.filter((suite) => suite.lane === lane),
          results,
        ),
      ),
    );
  const sum = (field: 'passed' | 'failed'): number => results.reduce((total, result) => total + result[field], 0);
  const rows = results.map(({ suite, passed, failed, seconds, note }) => [
    suite.name,
    passed,
    failed,
    `${seconds} s`,
    `${suite.capMinutes} min`,
    note,
  ]);
  const failures = renderFailures(results.flatMap((result) => result.failures));
  writeFileSync(join(RESULTS, 'failures.txt'), failures);
  process.stdout.write(
    `\n${failures}\n${table(['SUITE', 'PASSED', 'FAILED', 'TOOK', 'CAP', ''], rows)}\n\n${sum('passed')} passed, ${sum('failed')} failed\n`,
  );
  process.exitCode = sum('failed') === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof MissingSystemPackages ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
