import { Option, type Command } from 'commander';
import { parseSourceId } from '../../layers/core/api/source-ids';
import { SOURCE_PROVIDERS } from '../../layers/core/entities';
import { apiClient, type Answer } from '../client';
import { CliError } from '../errors';
import { print, printJson } from '../output';
import { AddAnswer } from '../schemas';
import { findSettings } from '../settings';
import { wholeNumber, type JsonFlag } from './arguments';

interface Flags extends JsonFlag {
  readonly subtree: boolean;
  readonly priority?: number;
  readonly recheckSeconds?: number;
  readonly maxRuns?: number;
  readonly maxBytes?: number;
  readonly provider?: string;
}

/** Ids of one request; the API takes 1,000. */
const CHUNK = 500;

function refuse(invalid: AddAnswer['invalid'], total: number, json: boolean): never {
  if (json) printJson({ added: [], existing: [], invalid });
  const lines = invalid.map(({ id, reason }) => `  ${JSON.stringify(id)} ${reason}`);
  throw new CliError(
    `nothing was added: ${invalid.length} of ${total} ids ${invalid.length === 1 ? 'is' : 'are'} invalid\n${lines.join('\n')}`,
    'correct or leave out what is invalid and repeat the command',
    2,
  );
}

/** The API refuses bad ids with the summary as its answer. */
const isSummary = ({ body }: Answer): boolean => AddAnswer.safeParse(body).success;

function settingsOf(flags: Flags): Readonly<Record<string, unknown>> {
  const { maxRuns: runs, maxBytes: bytes, priority, recheckSeconds, provider, subtree: includeSubtree } = flags;
  // JSON leaves out what is undefined.
  return {
    includeSubtree,
    priority,
    recheckSeconds,
    provider,
    ...(runs === undefined && bytes === undefined ? {} : { limits: { runs, bytes } }),
  };
}

/** All ids are checked here first: a slip of the finger costs no round trip, and of many requests none is sent. */
async function add(ids: readonly string[], flags: Flags): Promise<void> {
  const json = flags.json === true;
  const invalid = ids.flatMap((id) => {
    const parsed = parseSourceId(id);
    return parsed.outcome === 'invalid' ? [{ id, reason: parsed.reason }] : [];
  });
  if (invalid.length > 0) refuse(invalid, ids.length, json);
  const client = apiClient(findSettings());
  const added: string[] = [];
  const existing: string[] = [];
  for (let start = 0; start < ids.length; start += CHUNK) {
    const body = { ids: ids.slice(start, start + CHUNK), ...settingsOf(flags) };
    const summary = AddAnswer.parse((await client.send('POST', '/sources', body, isSummary)).body);
    if (summary.invalid.length > 0) refuse(summary.invalid, ids.length, json);
    added.push(...summary.added);
    existing.push(...summary.existing.filter((id) => !added.includes(id)));
  }
  if (json) {
    printJson({ added, existing, invalid });
    return;
  }
  added.forEach((id) => print(`added          ${id}`));
  existing.forEach((id) => print(`already there  ${id}`));
  print(
    `${added.length} added, ${existing.length} already there, 0 invalid.${added.length === 0 ? '' : ' Follow them with "trawl status".'}`,
  );
}

export function addCommand(program: Command): void {
  program
    .command('add')
    .description('follow taxa and studies; all ids are checked first, and one bad id adds none')
    .argument('<ids...>', 'taxon numbers (562, taxon:562) and primary study accessions (PRJEB1787)')
    .option('--no-subtree', 'the taxa themselves only, without what lies below them')
    .option('--priority <n>', 'from -1 to 6; higher goes first', wholeNumber(-1, 6))
    .option('--recheck-seconds <n>', 'time between two checks, at least 60', wholeNumber(60))
    .option('--max-runs <n>', 'a plan of more runs waits for "trawl approve"', wholeNumber(1))
    .option('--max-bytes <n>', 'a plan of more bytes waits for "trawl approve"', wholeNumber(1))
    .addOption(
      new Option('--provider <name>', 'where the work may run; any (as when it is not given): in the order of the configuration').choices(
        SOURCE_PROVIDERS,
      ),
    )
    .option('--json', 'print the summary as JSON')
    .action(add);
}
