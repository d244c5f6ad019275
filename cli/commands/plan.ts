import type { Command } from 'commander';
import { dryRun, type DryRun } from '../../layers/core/planning/dry-run';
import { ASSUMED, estimateCosts, type ProviderCosts } from '../../layers/core/planning/estimate-costs';
import { ASSUMED_PACE, slowestOf, type Pace } from '../../layers/core/planning/pace';
import { MIN_BATCH_BYTES } from '../../layers/core/planning/plan-batches';
import { counted } from '../../layers/core/words';
import { apiClient } from '../client';
import { CliError } from '../errors';
import { humanBytes, humanSeconds, print, printJson, table } from '../output';
import { announcing } from '../progress';
import { paceText } from '../pace-text';
import { readFilterFile } from '../read-filters';
import { withReport } from '../read-report';
import { StatusAnswer } from '../schemas';
import { findSettings } from '../settings';
import { decimalNumber, needed, wholeNumber, type JsonFlag } from './arguments';

interface Flags extends JsonFlag {
  readonly listing?: string;
  readonly filters?: string;
  readonly workers: number;
  readonly maxBytes: number;
  readonly maxRuns: number;
  readonly maxMinutes: number;
  readonly learned?: true;
  readonly mbPerSecond: number;
  readonly egressDollarsPerGib: number;
  readonly dollarsPerHour?: number;
}

/** What an installation has unless its configuration says otherwise. */
const MAX_BYTES = 200_000_000_000;
const MAX_RUNS = 250;
const MAX_MINUTES = 720;
/** Batches that are listed one by one; the rest is told as a number. */
const LISTED = 20;

/** Without sizes a batch is not of 0 bytes, and nothing can be said of how long it takes or what it costs. */
const hasSizes = ({ missingColumns }: DryRun): boolean => !missingColumns.some(({ column }) => column === 'fastq_bytes');

function printCosts({ slurm, droplet }: ProviderCosts): void {
  print(`on slurm   ${counted(slurm.hours, 'worker hour')}, no dollars`);
  const { dollars, egressDollars } = droplet;
  const price = `${dollars.toFixed(2)} dollars, ${egressDollars.toFixed(2)} of them for egress`;
  print(`on droplet ${counted(droplet.hours, 'worker hour')}, ${price} (estimated)`);
}

function printPlan(answer: DryRun, workers: number, pace: PlanPace, costs: ProviderCosts | undefined): void {
  const { runs, included, excluded, batches, makespanRatio } = answer;
  const size = (bytes: number): string => (hasSizes(answer) ? humanBytes(bytes) : 'size unknown');
  const bytes = batches.reduce((sum, batch) => sum + batch.bytes, 0);
  print(`runs       ${runs}`);
  print(`included   ${included}`);
  print(`excluded   ${runs - included}`);
  Object.entries(excluded).forEach(([rule, count]) => print(`             ${count} ${rule}`));
  print(`batches    ${batches.length}, ${size(bytes)}`);
  if (hasSizes(answer)) print(`makespan   ${makespanRatio.toFixed(3)} times the best that ${workers} workers could do`);
  if (hasSizes(answer)) print(`pace       ${paceText(pace)}`);
  if (batches.length === 0) return;
  if (costs) printCosts(costs);
  const time = (seconds: number | undefined): string => (seconds === undefined ? 'time unknown' : humanSeconds(seconds));
  const rows = batches.slice(0, LISTED).map((batch, at) => [at + 1, batch.runs, size(batch.bytes), time(batch.seconds)]);
  print(`\n${table(['BATCH', 'RUNS', 'SIZE', 'TIME'], rows)}`);
  if (batches.length > LISTED) print(`… and ${batches.length - LISTED} more: "--json" lists all`);
}

type PlanPace = Pace & { readonly learnedFrom: number };

/** What the installation has learned, the slowest of its providers; assumed where it has learned nothing yet. */
async function slowestLearned(): Promise<PlanPace> {
  const { paces } = await apiClient(findSettings()).get('/status', StatusAnswer);
  const known = paces.filter(({ learnedFrom }) => learnedFrom > 0);
  return { ...slowestOf(known), learnedFrom: known.length === 0 ? 0 : Math.min(...known.map(({ learnedFrom }) => learnedFrom)) };
}

async function plan(flags: Flags): Promise<void> {
  const { workers, maxBytes, maxRuns, maxMinutes } = flags;
  const listing = needed('--listing <file>', flags.listing);
  const pace = flags.learned ? await slowestLearned() : { ...ASSUMED_PACE, secondsPerByte: 1 / (flags.mbPerSecond * 1e6), learnedFrom: 0 };
  const caps = { workers, maxBytes, maxRuns, minBytes: MIN_BATCH_BYTES, time: { maxSeconds: maxMinutes * 60, pace } };
  const filters = flags.filters === undefined ? undefined : readFilterFile(flags.filters).filters;
  const answer = await withReport(listing, ({ columns, rows }) =>
    dryRun(columns, announcing('reading the report', rows), { caps, filters }),
  );
  if (answer.outcome === 'invalid') throw new CliError(answer.detail);
  const { missingColumns, runs, included, excluded, batches, makespanRatio } = answer;
  // On standard error, so that what is piped onward stays what it is.
  missingColumns.forEach(({ column, neededFor }) =>
    process.stderr.write(`trawl: the report has no column ${column}, which is needed for ${neededFor}\n`),
  );
  const costs = hasSizes(answer) ? estimateCosts(batches, { ...flags, megabytesPerSecond: flags.mbPerSecond }) : undefined;
  const shown = { runs, included, excluded, batches, makespanRatio, ...(hasSizes(answer) && { pace }), ...(costs && { providers: costs }) };
  if (flags.json) printJson(missingColumns.length === 0 ? shown : { ...shown, missingColumns });
  else printPlan(answer, workers, pace, costs);
}

export function planCommand(program: Command): void {
  program
    .command('plan')
    .description('dry run, without any installation (but with --learned): the batches that a saved ENA report would give')
    .option('--listing <file>', 'report of ENA as TSV with any of its columns (needed); "-" reads standard input')
    .option('--filters <file>', 'filter document that replaces the defaults rule by rule; see "trawl filter rules"')
    .option('--workers <n>', 'workers side by side', wholeNumber(1), 50)
    .option('--max-bytes <n>', 'bytes of a batch at most', wholeNumber(1), MAX_BYTES)
    .option('--max-runs <n>', 'runs of a batch at most', wholeNumber(1), MAX_RUNS)
    .option('--max-minutes <n>', 'minutes that a batch may take at most', wholeNumber(2), MAX_MINUTES)
    .option('--learned', 'by the pace that the installation has learned from its finished batches')
    .option(
      '--mb-per-second <n>',
      'megabytes that one worker moves in a second',
      decimalNumber({ zero: false }),
      ASSUMED.megabytesPerSecond,
    )
    .option(
      '--dollars-per-hour <n>',
      'price of a droplet, instead of that of the cheapest size with enough disk',
      decimalNumber({ zero: true }),
    )
    .option(
      '--egress-dollars-per-gib <n>',
      'price of what leaves a droplet beyond its allowance',
      decimalNumber({ zero: true }),
      ASSUMED.egressDollarsPerGib,
    )
    .option('--json', 'print as JSON')
    .action(plan);
}
