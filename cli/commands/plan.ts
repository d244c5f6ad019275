import type { Command } from 'commander';
import { dryRun, type DryRun } from '../../layers/core/planning/dry-run';
import { MIN_BATCH_BYTES } from '../../layers/core/planning/plan-batches';
import { CliError } from '../errors';
import { humanBytes, print, printJson, table } from '../output';
import { announcing } from '../progress';
import { withReport } from '../read-report';
import { needed, wholeNumber, type JsonFlag } from './arguments';

interface Flags extends JsonFlag {
  readonly listing?: string;
  readonly workers: number;
  readonly maxBytes: number;
  readonly maxRuns: number;
}

/** What an installation has unless its configuration says otherwise. */
const MAX_BYTES = 200_000_000_000;
const MAX_RUNS = 250;
/** Batches that are listed one by one; the rest is told as a number. */
const LISTED = 20;

function printPlan({ runs, included, excluded, batches, makespanRatio, missingColumns }: DryRun, workers: number): void {
  // Without sizes a batch is not of 0 bytes, and nothing can be said of how long it takes.
  const hasSizes = !missingColumns.some(({ column }) => column === 'fastq_bytes');
  const size = (bytes: number): string => (hasSizes ? humanBytes(bytes) : 'size unknown');
  const bytes = batches.reduce((sum, batch) => sum + batch.bytes, 0);
  print(`runs       ${runs}`);
  print(`included   ${included}`);
  print(`excluded   ${runs - included}`);
  Object.entries(excluded).forEach(([rule, count]) => print(`             ${count} ${rule}`));
  print(`batches    ${batches.length}, ${size(bytes)}`);
  if (hasSizes) print(`makespan   ${makespanRatio.toFixed(3)} times the best that ${workers} workers could do`);
  if (batches.length === 0) return;
  const rows = batches.slice(0, LISTED).map((batch, at) => [at + 1, batch.runs, size(batch.bytes)]);
  print(`\n${table(['BATCH', 'RUNS', 'SIZE'], rows)}`);
  if (batches.length > LISTED) print(`… and ${batches.length - LISTED} more: "--json" lists all`);
}

async function plan(flags: Flags): Promise<void> {
  const { workers, maxBytes, maxRuns } = flags;
  const listing = needed('--listing <file>', flags.listing);
  const caps = { workers, maxBytes, maxRuns, minBytes: MIN_BATCH_BYTES };
  const answer = await withReport(listing, ({ columns, rows }) => dryRun(columns, announcing('reading the report', rows), { caps }));
  if (answer.outcome === 'invalid') throw new CliError(answer.detail);
  const { missingColumns, runs, included, excluded, batches, makespanRatio } = answer;
  // On standard error, so that what is piped onward stays what it is.
  missingColumns.forEach(({ column, neededFor }) =>
    process.stderr.write(`trawl: the report has no column ${column}, which is needed for ${neededFor}\n`),
  );
  const shown = { runs, included, excluded, batches, makespanRatio };
  if (flags.json) printJson(missingColumns.length === 0 ? shown : { ...shown, missingColumns });
  else printPlan(answer, workers);
}

export function planCommand(program: Command): void {
  program
    .command('plan')
    .description('dry run, without any installation: the batches that a saved ENA report would give')
    .option('--listing <file>', 'report of ENA as TSV with any of its columns (needed); "-" reads standard input')
    .option('--workers <n>', 'workers side by side', wholeNumber(1), 50)
    .option('--max-bytes <n>', 'bytes of a batch at most', wholeNumber(1), MAX_BYTES)
    .option('--max-runs <n>', 'runs of a batch at most', wholeNumber(1), MAX_RUNS)
    .option('--json', 'print as JSON')
    .action(plan);
}
