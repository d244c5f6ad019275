import type { Command } from 'commander';
import { apiClient } from '../client';
import { humanBytes, humanSeconds, print, printJson, table } from '../output';
import { EventsAnswer, RunsAnswer, ShowAnswer, SourceList, StatusAnswer, type SourceLine } from '../schemas';
import { findSettings } from '../settings';
import { sourcePath } from './actions';
import { wholeNumber } from './add';

type Flags = { readonly json?: true };

/** All pages of a listing route. */
async function allSources(): Promise<SourceLine[]> {
  const client = apiClient(findSettings());
  const items: SourceLine[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.get(`/sources?limit=200${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`, SourceList);
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}

const stateOf = (source: SourceLine): string =>
  [
    source.lastRunStatus,
    source.phase === 'idle' ? '' : source.phase,
    source.paused ? 'paused' : '',
    source.needsAttention ? `attention: ${source.needsAttention.reason}` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

async function list(flags: Flags): Promise<void> {
  const sources = await allSources();
  if (flags.json) return printJson(sources);
  if (sources.length === 0) return print('No sources yet: "trawl add 562 PRJEB1787".');
  const head = ['SOURCE', 'STATE', 'KNOWN', 'EXCLUDED', 'COMPLETE', 'FAILED', 'LAST CHECK'];
  const rows = sources.map((source) => [
    source.sourceId,
    stateOf(source),
    source.counts.known,
    source.counts.excluded,
    source.counts.complete,
    source.counts.failed,
    source.lastCheckedAt ?? 'never',
  ]);
  print(table(head, rows));
}

async function status(flags: Flags): Promise<void> {
  const answer = await apiClient(findSettings()).get('/status', StatusAnswer);
  if (flags.json) return printJson(answer);
  const counted = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([word, count]) => `${count} ${word}`)
      .join(', ') || 'none';
  print(`installation  ${answer.installation}`);
  print(`sources       ${counted(answer.sources)}`);
  print(`batches       ${counted(answer.batches)}`);
  print(`workers       ${answer.workers.length === 0 ? 'none alive' : `${answer.workers.length} alive`}`);
  if (answer.workers.length > 0)
    print(
      `\n${table(
        ['WORKER', 'PROVIDER', 'STATUS', 'AGE'],
        answer.workers.map((each) => [each.workerId, each.provider, each.status, humanSeconds(each.ageSeconds)]),
      )}`,
    );
  answer.awaitingApproval.forEach(({ sourceId, reason }) =>
    print(`\n${sourceId} waits for approval: ${reason}\n  "trawl approve ${sourceId}" or "trawl cancel ${sourceId}"`),
  );
  if (answer.attention.length === 0) print('\nNothing needs a person.');
  answer.attention.forEach(({ sourceId, reason, detail, at }) =>
    print(
      `\n${sourceId} needs attention since ${at}: ${reason}\n  ${detail}\n  docs/runbook.md, "Attention: ${reason}"; then "trawl clear ${sourceId}"`,
    ),
  );
}

function printShow(
  answer: ShowAnswer,
  excluded: readonly {
    readonly accession: string;
    readonly rule?: string | null | undefined;
    readonly reason?: string | null | undefined;
  }[],
): void {
  const { source, runs } = answer;
  print(`${source.sourceId}${source.name === undefined ? '' : `  ${source.name}`}\n  state        ${stateOf(source)}`);
  print(
    `  runs         ${runs.known} known, ${runs.excluded} excluded, ${runs.complete} complete, ${runs.failed} failed, ${runs.withdrawn} withdrawn`,
  );
  print(`  checked      ${source.lastCheckedAt ?? 'never'}; next ${source.nextCheckAt}`);
  if (source.needsAttention) print(`  attention    ${source.needsAttention.reason}: ${source.needsAttention.detail}`);
  if (source.approvalReason !== undefined) print(`  approval     waits: ${source.approvalReason}`);
  source.generatedWarning.forEach(({ code, detail }) => print(`  warning      ${code}: ${detail}`));
  print(
    `  files        ${answer.places.results}\n  samplesheet  ${answer.places.samplesheet}\n  console      ${answer.places.executions['process-batch'] ?? ''}`,
  );
  if (answer.batches.length > 0) {
    const rows = answer.batches.map((each) => [
      each.batchId,
      each.status,
      each.attempt,
      each.runs.planned,
      each.runs.linked,
      each.runs.complete,
      each.runs.failed,
      humanBytes(each.bytes),
      each.attempts.at(-1)?.cause ?? '',
    ]);
    print(`\n${table(['BATCH', 'STATUS', 'ATTEMPT', 'RUNS', 'LINKED', 'COMPLETE', 'FAILED', 'SIZE', 'LAST CAUSE'], rows)}`);
  }
  if (excluded.length > 0)
    print(
      `\n${table(
        ['EXCLUDED', 'RULE', 'REASON'],
        excluded.map((each) => [each.accession, each.rule ?? '', each.reason ?? '']),
      )}`,
    );
}

interface ShowFlags extends Flags {
  readonly runs?: string;
  readonly limit: number;
}

async function show(id: string, flags: ShowFlags): Promise<void> {
  const client = apiClient(findSettings());
  const path = sourcePath(id);
  const [answer, runs] = await Promise.all([
    client.get(path, ShowAnswer),
    client.get(`${path}/runs?limit=${flags.limit}&state=${encodeURIComponent(flags.runs ?? 'excluded')}`, RunsAnswer),
  ]);
  if (flags.json) return printJson({ ...answer, runList: runs });
  printShow(answer, flags.runs === undefined || flags.runs === 'excluded' ? runs.items : []);
  if (flags.runs !== undefined && flags.runs !== 'excluded')
    print(
      `\n${table(
        ['RUN', 'STATE', 'BATCH'],
        runs.items.map((each) => [each.accession, each.state, each.batchId ?? '']),
      )}`,
    );
  if (runs.cursor !== undefined) print(`… more than ${flags.limit}; "--limit" shows more`);
}

async function log(id: string, flags: Flags & { readonly limit: number }): Promise<void> {
  const page = await apiClient(findSettings()).get(`${sourcePath(id)}/events?limit=${flags.limit}`, EventsAnswer);
  if (flags.json) return printJson(page);
  const rows = [...page.items]
    .reverse()
    .map((event) => [
      event.at,
      event.entityId,
      event.type,
      event.from === undefined ? '' : `${event.from} → ${event.to ?? ''}`,
      event.actor,
      event.detail ?? '',
    ]);
  print(rows.length === 0 ? 'No history yet.' : table(['TIME', 'ABOUT', 'EVENT', 'CHANGE', 'BY', 'DETAIL'], rows));
}

export function lookCommands(program: Command): void {
  program
    .command('status')
    .description('the installation at one look: counts, workers alive, what needs a person')
    .option('--json', 'print as JSON')
    .action(status);
  program.command('list').description('all sources with their counts').option('--json', 'print as JSON').action(list);
  program
    .command('show')
    .description('one source: counts, batches, excluded runs with the reason, where its files lie')
    .argument('<source>', 'taxon:562, 562 or PRJEB1787')
    .option('--runs <state>', 'list runs in this state: complete, due, linked, failed, excluded, withdrawn, all')
    .option('--limit <n>', 'at most so many runs', wholeNumber, 20)
    .option('--json', 'print as JSON')
    .action(show);
  program
    .command('log')
    .description('history of a source, its batches, workers and jobs; oldest first')
    .argument('<source>', 'taxon:562, 562 or PRJEB1787')
    .option('--limit <n>', 'the newest so many events', wholeNumber, 100)
    .option('--json', 'print as JSON')
    .action(log);
}
