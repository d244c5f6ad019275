import type { Command } from 'commander';
import { isServed, priorityText } from '../../layers/core/sources/priority';
import { apiClient } from '../client';
import { paceText } from '../pace-text';
import { humanBytes, humanSeconds, print, printJson, table } from '../output';
import { moneyLines } from '../money';
import { SourceList, StatusAnswer, type SourceLine } from '../schemas';
import { findSettings } from '../settings';
import type { JsonFlag } from './arguments';

const NAME_LENGTH = 32;
const shortened = (text: string): string => (text.length <= NAME_LENGTH ? text : `${text.slice(0, NAME_LENGTH - 1)}…`);

/** A source's state in words: status, phase, pause, attention, warnings by their codes. */
export const stateOf = (source: SourceLine): string =>
  [
    source.lastRunStatus,
    source.phase === 'idle' ? '' : source.phase,
    source.paused ? 'paused' : '',
    isServed(source.priority) ? '' : `priority ${priorityText(source.priority)}`,
    source.needsAttention ? `attention: ${source.needsAttention.reason}` : '',
    ...source.generatedWarning.map(({ code }) => code),
  ]
    .filter((part) => part !== '')
    .join(', ');

async function list(flags: JsonFlag): Promise<void> {
  const { items: sources } = await apiClient(findSettings()).pages<SourceLine, SourceList>('/sources', Infinity, SourceList);
  if (flags.json) {
    printJson(sources);
    return;
  }
  if (sources.length === 0) {
    print('No sources yet: "trawl add 562 PRJEB1787".');
    return;
  }
  const head = ['SOURCE', 'NAME', 'STATE', 'KNOWN', 'EXCLUDED', 'COMPLETE', 'FAILED', 'LAST CHECK'];
  const rows = sources.map((source) => [
    source.sourceId,
    shortened(source.name ?? ''),
    stateOf(source),
    source.counts.known,
    source.counts.excluded,
    source.counts.complete,
    source.counts.failed,
    source.lastCheckedAt ?? 'never',
  ]);
  print(table(head, rows));
}

/** @param uncounted words of which there are more */
const counted = (counts: Readonly<Record<string, number>>, uncounted: readonly string[] = []): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count}${uncounted.includes(word) ? '+' : ''} ${word}`)
    .join(', ') || 'none';

const homeText = (home: StatusAnswer['home']): string =>
  home === undefined
    ? 'not measured yet'
    : `${humanBytes(home.freeBytes)} of ${humanBytes(home.totalBytes)} free (${home.measuredAt}), ${humanBytes(home.keptFreeBytes)} stay free, ${humanBytes(home.promisedBytes)} promised to batches under way`;

const breakerText = ({ provider, place, state, failures, openUntil, cause }: StatusAnswer['breakers'][number]): string => {
  const until = state === 'open' && openUntil !== undefined ? ` until ${openUntil}: no worker is made there` : '';
  return `${provider} ${place}: ${state}${until}; ${failures} not started of late${cause === undefined ? '' : ` (${cause})`}`;
};

async function status(flags: JsonFlag): Promise<void> {
  const answer = await apiClient(findSettings()).get('/status', StatusAnswer);
  if (flags.json) {
    printJson(answer);
    return;
  }
  print(`installation  ${answer.installation}`);
  print(`sources       ${counted(answer.sources)}`);
  print(`batches       ${counted(answer.batches, answer.uncounted)}`);
  const more = answer.uncounted.includes('planned') ? '+' : '';
  answer.waiting.forEach(({ batches, text }) => print(`  ${batches}${more} planned: ${text}`));
  print(`home          ${homeText(answer.home)}`);
  answer.paces.forEach((pace) => print(`pace          ${pace.provider}, ${pace.stage}@${pace.revision.slice(0, 7)}: ${paceText(pace)}`));
  print(`workers       ${answer.workers.length === 0 ? 'none alive' : `${answer.workers.length} alive`}`);
  if (answer.money !== undefined)
    moneyLines(answer.money).forEach((line, place) => print(`${place === 0 ? 'dollars' : '       '}       ${line}`));
  answer.breakers.forEach((each) => print(`breaker       ${breakerText(each)}`));
  if (answer.workers.length > 0) {
    const rows = answer.workers.map((each) => [
      each.workerId,
      [each.provider, each.site].filter(Boolean).join(' '),
      each.status,
      humanSeconds(each.ageSeconds),
    ]);
    print(`\n${table(['WORKER', 'PROVIDER', 'STATUS', 'AGE'], rows)}`);
  }
  if (answer.workers.some((each) => each.status === 'held')) print('\nWorkers are held with their results: "trawl hold list" says why.');
  answer.awaitingApproval.forEach(({ sourceId, reason }) =>
    print(`\n${sourceId} waits for approval: ${reason}\n  "trawl approve ${sourceId}" or "trawl cancel ${sourceId}"`),
  );
  answer.attention.forEach(({ sourceId, reason, detail, at }) =>
    print(
      `\n${sourceId} needs attention since ${at}: ${reason}\n  ${detail}\n  docs/runbook.md, "Attention: ${reason}"; then "trawl clear ${sourceId}"`,
    ),
  );
  const notices = answer.reaper?.notices ?? [];
  notices.forEach(({ subject, text }) => print(`\n${subject}: ${text}\n  "trawl reap list"; docs/runbook.md, "ReapWorkers"`));
  if (answer.attention.length + answer.awaitingApproval.length + notices.length === 0) print('\nNothing needs a person.');
  if ((answer.sources['warning'] ?? 0) > 0) print('Sources with a warning: "trawl list" says which, "trawl show" why.');
}

export function overviewCommands(program: Command): void {
  program
    .command('status')
    .description('the installation at one look: counts, workers alive, what needs a person')
    .option('--json', 'print as JSON')
    .action(status);
  program.command('list').description('all sources with their counts').option('--json', 'print as JSON').action(list);
}
