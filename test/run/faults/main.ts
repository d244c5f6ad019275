import { Command } from 'commander';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { table } from '../../../cli/output';
import { ensureSystemPackages } from '../../world/system/ensure';
import { clusterPackages, dropletPackages } from '../../world/system/packages';
import { isInjected, readCatalogue, type Fault, type Injected } from './catalogue';
import { judge, type Ended, type Report } from './judge';
import { clearLedger, readLedger } from './ledger';

const ROOT = resolve(__dirname, '../../..');
const RESULTS = join(ROOT, '.trawl', 'test-results');
const JestResult = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).default([]) })),
    }),
  ),
});
interface Options {
  readonly list?: true;
  readonly only?: readonly string[];
  readonly json?: true;
  readonly judge?: string;
}

/** The tests that a run of Jest has written down. */
function endedTests(path: string): readonly Ended[] {
  if (!existsSync(path)) return [];
  return JestResult.parse(JSON.parse(readFileSync(path, 'utf8'))).testResults.flatMap(({ name: file, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName, status, failureMessages }) => ({
        file,
        name: fullName,
        passed: status === 'passed',
        words: failureMessages.join(' ').split('\n')[0] ?? '',
      })),
  );
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Makes the faults happen: Jest on the files that do, on the tests asked for alone. Three at once, since most of it is waiting. */
function run(faults: readonly Injected[], resultPath: string, isAll: boolean): Promise<void> {
  const files = [...new Set(faults.map(({ file }) => file))];
  const names = isAll ? [] : ['-t', faults.map(({ test }) => escaped(test)).join('|')];
  const args = [
    '--selectProjects',
    'e2e',
    'contract',
    '--maxWorkers=3',
    '--testSequencer=./test/run/test-order.cjs',
    '--json',
    `--outputFile=${resultPath}`,
    ...names,
    '--testPathPatterns',
  ];
  // What a person reads comes on standard error; standard output is the report's.
  const child = spawn(join(ROOT, 'node_modules/.bin/jest'), [...args, ...files], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((done) => child.on('close', () => done()));
}

function chosen(catalogue: readonly Fault[], { only = [] }: Options): readonly Fault[] {
  const unknown = only.filter((id) => !catalogue.some((fault) => fault.id === id));
  if (unknown.length > 0) throw new Error(`no such fault: ${unknown.join(', ')}; see npm run faults -- --list`);
  return only.length === 0 ? catalogue : catalogue.filter(({ id }) => only.includes(id));
}

function list(faults: readonly Fault[], json: boolean): void {
  if (json) return void process.stdout.write(`${JSON.stringify(faults, null, 2)}\n`);
  const rows = faults.map((each) => [
    each.id,
    isInjected(each) ? each.injectedAt : 'cannot occur',
    isInjected(each) ? each.endState : each.cannotOccur,
  ]);
  process.stdout.write(`${table(['FAULT', 'INJECTED AT', 'END STATE'], rows)}\n`);
}

function print({ faults, lost, leaked, against }: Report, json: boolean): void {
  if (json) return void process.stdout.write(`${JSON.stringify({ faults, lost, leaked, against }, null, 2)}\n`);
  const rows = faults.map(({ id, injected, survived, cannotOccur, endState, words }) => [
    id,
    cannotOccur === undefined ? `${injected}×` : 'cannot occur',
    survived ? 'yes' : 'NO',
    words || (cannotOccur ?? endState ?? ''),
  ]);
  process.stdout.write(`${table(['FAULT', 'INJECTED', 'SURVIVED', 'WHAT CAME OF IT'], rows)}\n\nlost ${lost}, leaked ${leaked}\n`);
  for (const words of against) process.stdout.write(`${words}\n`);
}

async function main(): Promise<void> {
  const program = new Command('npm run faults --')
    .description('Makes each fault of test/faults.json happen, most of them to a deployed stack, and says what came of it.')
    .option('--list', 'say which there are, and make none')
    .option('--only <id...>', 'these alone')
    .option('--json', 'the report as JSON')
    .option('--judge <folder>', 'run nothing: judge what the tests in this folder have just written down (npm test does)')
    .parse();
  const options = program.opts<Options>();
  const all = chosen(readCatalogue(), options);
  if (options.list) {
    list(all, options.json ?? false);
    return;
  }
  const faults =
    options.judge === undefined ? all : all.filter((fault) => !isInjected(fault) || fault.file.startsWith(options.judge ?? ''));
  const resultPath = join(RESULTS, options.judge === undefined ? 'faults.json' : 'e2e.json');
  if (options.judge === undefined) {
    mkdirSync(RESULTS, { recursive: true });
    rmSync(resultPath, { force: true });
    clearLedger();
    await ensureSystemPackages([...clusterPackages, ...dropletPackages]);
    await run(faults.filter(isInjected), resultPath, options.only === undefined);
  }
  const ledger = readLedger();
  // Of a file that makes several, those not asked for came to be as well.
  const asked = new Set(faults.map(({ id }) => id));
  const known = new Set(readCatalogue().map(({ id }) => id));
  const times = new Map([...ledger.times].filter(([id]) => asked.has(id) || !known.has(id)));
  const report = judge(faults, endedTests(resultPath), { ...ledger, times });
  print(report, options.json ?? false);
  process.exitCode = report.against.length === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
