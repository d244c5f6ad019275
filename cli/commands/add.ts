import { InvalidArgumentError, type Command } from 'commander';
import { parseSourceId } from '../../layers/core/api/source-ids';
import { apiClient } from '../client';
import { CliError } from '../errors';
import { print, printJson } from '../output';
import { AddAnswer } from '../schemas';
import { findSettings } from '../settings';

interface Flags {
  readonly json?: true;
  readonly subtree: boolean;
  readonly priority?: number;
  readonly recheckSeconds?: number;
  readonly maxRuns?: number;
  readonly maxBytes?: number;
}

export function wholeNumber(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}

type Invalid = readonly { readonly id: string; readonly reason: string }[];

function refuse(invalid: Invalid, total: number, json: boolean): never {
  if (json) printJson({ added: [], existing: [], invalid });
  const lines = invalid.map(({ id, reason }) => `  ${JSON.stringify(id)} ${reason}`);
  throw new CliError(
    `nothing was added: ${invalid.length} of ${total} ids are invalid\n${lines.join('\n')}`,
    'correct or leave out these ids and repeat the command',
    2,
  );
}

async function add(ids: readonly string[], flags: Flags): Promise<void> {
  // Checked here first, so that a slip of the finger costs no round trip and is told without an installation.
  const invalid = ids.flatMap((id) => {
    const parsed = parseSourceId(id);
    return parsed.outcome === 'invalid' ? [{ id, reason: parsed.reason }] : [];
  });
  if (invalid.length > 0) refuse(invalid, ids.length, flags.json === true);
  const limits = {
    ...(flags.maxRuns === undefined ? {} : { runs: flags.maxRuns }),
    ...(flags.maxBytes === undefined ? {} : { bytes: flags.maxBytes }),
  };
  const body = {
    ids,
    includeSubtree: flags.subtree,
    ...(flags.priority === undefined ? {} : { priority: flags.priority }),
    ...(flags.recheckSeconds === undefined ? {} : { recheckSeconds: flags.recheckSeconds }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  };
  const summary = AddAnswer.parse((await apiClient(findSettings()).send('POST', '/sources', body, [422])).body);
  if (summary.invalid.length > 0) refuse(summary.invalid, ids.length, flags.json === true);
  if (flags.json) return printJson(summary);
  summary.added.forEach((id) => print(`added          ${id}`));
  summary.existing.forEach((id) => print(`already there  ${id}`));
  print(
    `${summary.added.length} added, ${summary.existing.length} already there. They are checked at the next heartbeat; follow with "trawl status".`,
  );
}

export function addCommand(program: Command): void {
  program
    .command('add')
    .description('follow taxa and studies; all ids are checked first, and one bad id adds none')
    .argument('<ids...>', 'taxon numbers (562, taxon:562) and primary study accessions (PRJEB1787)')
    .option('--no-subtree', 'the taxa themselves only, without what lies below them')
    .option('--priority <n>', 'from -1 to 6; higher goes first', wholeNumber)
    .option('--recheck-seconds <n>', 'time between two checks, at least 60', wholeNumber)
    .option('--max-runs <n>', 'a plan of more runs waits for "trawl approve"', wholeNumber)
    .option('--max-bytes <n>', 'a plan of more bytes waits for "trawl approve"', wholeNumber)
    .option('--json', 'print the summary as JSON')
    .action(add);
}
