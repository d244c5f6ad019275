import { attemptText } from '../../layers/core/attempts/story';
import { Option, type Command } from 'commander';
import { renderQuery } from '../../layers/core/discovery/extra-query';
import { priorityText } from '../../layers/core/sources/priority';
import { counted } from '../../layers/core/words';
import { apiClient } from '../client';
import { WARNING_EVENTS, warningKind } from '../../layers/core/warnings';
import { humanBytes, humanSeconds, print, printJson, table } from '../output';
import { estimateText } from '../pace-text';
import { EventsAnswer, RunsAnswer, ShowAnswer } from '../schemas';
import { findSettings } from '../settings';
import { sourceArgument, sourcePath, wholeNumber, type JsonFlag } from './arguments';
import { stateOf } from './overview';
import { showMirrorCommands } from './show-mirror';

type Runs = RunsAnswer['items'];
type Events = EventsAnswer['items'];
/** Lines of history that `show` ends with; `log` has the rest. */
const HISTORY_LINES = 10;
const DAY_SECONDS = 86_400;
const FINAL = ['complete', 'superseded', 'cancelled'];

const historyTable = (newestFirst: Events): string =>
  table(
    ['TIME', 'ABOUT', 'EVENT', 'CHANGE', 'BY', 'DETAIL'],
    [...newestFirst]
      .reverse()
      .map(({ at, entityId, type, from, to, actor, detail }) => [
        at,
        entityId,
        type,
        from === undefined ? '' : `${from} → ${to ?? ''}`,
        actor,
        detail ?? '',
      ]),
  );

/** What is only worth knowing is called a note; both with their cause and what takes them away. */
function printWarning({ code, detail }: ShowAnswer['source']['generatedWarning'][number]): void {
  const kind = warningKind(code);
  print(`  ${(kind?.marks === false ? 'note' : 'warning').padEnd(11)}  ${code}: ${detail}`);
  if (kind) print(`               ${kind.text} Gone with ${WARNING_EVENTS[kind.clearedBy]}.`);
}

const intervalText = (seconds: number): string =>
  seconds < DAY_SECONDS ? humanSeconds(seconds) : counted(Number((seconds / DAY_SECONDS).toFixed(2)), 'day');
const limitsText = ({ runs, bytes, dollars }: ShowAnswer['source']['limits']): string =>
  `${counted(runs, 'run')}, ${humanBytes(bytes)}, ${dollars.toFixed(2)} dollars`;

function printSource({ source, runs, places }: ShowAnswer, byState: RunsAnswer['counts']): void {
  const states = Object.entries(byState).filter(([, count]) => count > 0);
  print(`${source.sourceId}${source.name === undefined ? '' : `  ${source.name}`}`);
  print(`  state        ${stateOf(source)}`);
  print(
    `  runs         ${runs.known} known, ${runs.excluded} excluded, ${runs.complete} complete, ${runs.failed} failed, ${runs.missing ?? 0} missing, ${runs.withdrawn} withdrawn`,
  );
  if (states.length > 0) print(`  by state     ${states.map(([state, count]) => `${count} ${state}`).join(', ')}`);
  print(`  priority     ${priorityText(source.priority)}`);
  if (source.extraQuery !== undefined) print(`  query        ${renderQuery(source.extraQuery)}`);
  print(`  workflow     ${source.workflow}`);
  print(`  provider     ${source.provider ?? 'any'}`);
  if (!source.includeSubtree && source.sourceId.startsWith('taxon:')) print('  subtree      left out: the taxon itself alone');
  print(`  checked      ${source.lastCheckedAt ?? 'never'}; next ${source.nextCheckAt}, then each ${intervalText(source.recheckSeconds)}`);
  print(`  limits       ${limitsText(source.limits)}; a plan above them waits for approval`);
  if (source.needsAttention) print(`  attention    ${source.needsAttention.reason}: ${source.needsAttention.detail}`);
  if (source.approvalReason !== undefined) print(`  approval     waits: ${source.approvalReason}`);
  source.generatedWarning.forEach(printWarning);
  print(`  files        ${places.results}`);
  print(`  samplesheet  ${places.samplesheet}`);
  Object.entries(places.executions).forEach(([machine, url]) => print(`  console      ${machine}: ${url}`));
}

function printBatches({ batches }: ShowAnswer): void {
  if (batches.length === 0) return;
  const head = ['BATCH', 'STATUS', 'ATTEMPT', 'RUNS', 'LINKED', 'COMPLETE', 'FAILED', 'SIZE', 'ESTIMATE', 'LAST CAUSE'];
  const rows = batches.map(({ batchId, status, attempt, runs, bytes, estimate, attempts }) => [
    batchId,
    status,
    attempt,
    runs.planned,
    runs.linked,
    runs.complete,
    runs.failed,
    humanBytes(bytes),
    estimateText(estimate),
    attempts.at(-1)?.cause ?? '',
  ]);
  print(`\n${table(head, rows)}`);
  for (const { batchId, stages = [], parents } of batches) {
    const after = parents === undefined ? '' : `, on what ${parents.join(', ')} brought home`;
    if (stages.length > 1 || parents !== undefined) print(`  ${batchId} goes through ${stages.join(', then ')}${after}`);
  }
  batches.forEach(({ batchId, waits }) => waits && print(`  ${batchId} waits: ${waits.text}`));
  // Where a person looks: what is in motion, and what did not end well.
  const interesting = batches.filter(({ status, execution }) => execution !== undefined && !FINAL.includes(status));
  interesting.forEach(({ batchId, execution }) => print(`  console of ${batchId}: ${execution ?? ''}`));
  for (const { batchId, attempts } of batches.filter(({ status, attempts: ended }) => status !== 'complete' && ended.length > 0))
    print(`  ${batchId}\n    ${attempts.map(attemptText).join('\n').replaceAll('\n', '\n    ')}`);
}

const RUN_COLUMNS = ['RUN', 'STATE', 'RULE', 'REASON', 'BATCH'];
function printRuns(runs: Runs, hasMore: boolean): void {
  if (runs.length === 0) return;
  print(
    `\n${table(
      RUN_COLUMNS,
      runs.map(({ accession, state, rule, reason, batchId }) => [accession, state, rule ?? '', reason ?? '', batchId ?? '']),
    )}`,
  );
  if (hasMore) print(`… more than ${runs.length}: "--limit" shows more`);
}

interface ShowFlags extends JsonFlag {
  readonly runs: string;
  readonly limit: number;
}

async function show(id: string, flags: ShowFlags): Promise<void> {
  const path = sourcePath(id);
  const client = apiClient(findSettings());
  const state = flags.runs === 'all' ? '' : `?state=${flags.runs}`;
  const answer = await client.get(path, ShowAnswer);
  const [runs, history] = await Promise.all([
    client.pages<Runs[number], RunsAnswer>(`${path}/runs${state}`, flags.limit, RunsAnswer),
    client.pages<Events[number], EventsAnswer>(`${path}/events`, HISTORY_LINES, EventsAnswer),
  ]);
  if (flags.json) {
    printJson({ ...answer, runList: runs, history: history.items });
    return;
  }
  printSource(answer, runs.counts);
  printBatches(answer);
  printRuns(runs.items, runs.cursor !== undefined);
  if (history.items.length > 0) print(`\n${historyTable(history.items)}`);
  if (history.cursor !== undefined) print(`… older events: "trawl log ${answer.source.sourceId}"`);
}

async function log(id: string, flags: JsonFlag & { readonly limit: number }): Promise<void> {
  const path = `${sourcePath(id)}/events`;
  const page = await apiClient(findSettings()).pages<Events[number], EventsAnswer>(path, flags.limit, EventsAnswer);
  if (flags.json) {
    printJson(page);
    return;
  }
  if (page.cursor !== undefined) print(`… older events are not shown: "--limit" shows more than ${flags.limit}`);
  print(page.items.length === 0 ? 'No history yet.' : historyTable(page.items));
}

export function showCommands(program: Command): void {
  const shown = program
    .command('show')
    // The options of a command below it stand after its name.
    .enablePositionalOptions()
    .description('one source: runs by state, batches, excluded runs with the reason, history, where its files lie')
    .addArgument(sourceArgument())
    .addOption(
      new Option('--runs <state>', 'list the runs in this state; claimed: in work for this source, linked: in work for another')
        .choices(['complete', 'claimed', 'linked', 'due', 'failed', 'excluded', 'missing', 'withdrawn', 'all'])
        .default('excluded'),
    )
    .option('--limit <n>', 'list at most so many runs', wholeNumber(1), 20)
    .option('--json', 'print as JSON')
    .action(show);
  showMirrorCommands(program, shown);
  program
    .command('log')
    .description('history of a source, its batches, workers and jobs; oldest first')
    .addArgument(sourceArgument())
    .option('--limit <n>', 'the newest so many events', wholeNumber(1), 100)
    .option('--json', 'print as JSON')
    .action(log);
}
