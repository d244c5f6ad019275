import type { Command } from 'commander';
import { parseSourceId } from '../../layers/core/api/source-ids';
import { AddResult, type AddedSource } from '../../layers/core/sources/add-result';
import { apiClient, type Answer, type Client } from '../client';
import { CliError } from '../errors';
import { OperationAnswer, waitForOperation } from '../operations';
import { print, printJson } from '../output';
import { AddAnswer } from '../schemas';
import { findSettings } from '../settings';
import type { JsonFlag } from './arguments';
import { settingsOf, withSettings, type SettingFlags } from './setting-options';

type Flags = JsonFlag & SettingFlags & { readonly wait: boolean };

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

/** All ids are checked here first: a slip of the finger costs no round trip, and of many requests none is sent. */
function refuseInvalid(ids: readonly string[], json: boolean): void {
  const invalid = ids.flatMap((id) => {
    const parsed = parseSourceId(id);
    return parsed.outcome === 'invalid' ? [{ id, reason: parsed.reason }] : [];
  });
  if (invalid.length > 0) refuse(invalid, ids.length, json);
}

/** Begins the operations that add them all. */
async function ask(client: Client, ids: readonly string[], settings: object, json: boolean): Promise<readonly string[]> {
  const operations: string[] = [];
  for (let start = 0; start < ids.length; start += CHUNK) {
    const answer = await client.send('POST', '/sources', { ids: ids.slice(start, start + CHUNK), ...settings }, isSummary);
    if (isSummary(answer)) refuse(AddAnswer.parse(answer.body).invalid, ids.length, json);
    operations.push(OperationAnswer.parse(answer.body).operation.operationId);
  }
  return operations;
}

const of = (sources: readonly AddedSource[], ...outcomes: readonly AddedSource['outcome'][]): readonly AddedSource[] =>
  sources.filter(({ outcome }) => outcomes.includes(outcome));
const idsOf = (sources: readonly AddedSource[]): readonly string[] => [...new Set(sources.map(({ sourceId }) => sourceId))];
const WORDS = { added: 'added', existing: 'already there', unknown: 'unknown to ENA' } as const;

function printSources(sources: readonly AddedSource[]): void {
  for (const { sourceId, outcome, name, detail } of sources) {
    const more = [name, detail].filter((part) => part !== undefined).join('; ');
    print(`${WORDS[outcome].padEnd(14)} ${sourceId}${more === '' ? '' : `  ${more}`}`);
  }
  const unknown = of(sources, 'unknown').length;
  const follow = sources.length === of(sources, 'existing').length ? '' : ' Follow them with "trawl status".';
  print(
    `${of(sources, 'added').length} added, ${of(sources, 'existing').length} already there${unknown === 0 ? '' : `, ${unknown} unknown to ENA and in attention`}, 0 invalid.${follow}`,
  );
}

async function add(ids: readonly string[], flags: Flags): Promise<void> {
  const json = flags.json === true;
  refuseInvalid(ids, json);
  const client = apiClient(findSettings());
  const operations = await ask(client, ids, settingsOf(flags), json);
  if (!flags.wait) {
    if (json) printJson({ operations });
    else operations.forEach((operationId) => print(`${operationId}\n  "trawl operation show ${operationId} --wait" says what came of it.`));
    return;
  }
  const sources: AddedSource[] = [];
  for (const operationId of operations) sources.push(...AddResult.parse((await waitForOperation(client, operationId)).result).sources);
  if (json) {
    const [existing, unknown] = [of(sources, 'existing'), of(sources, 'unknown')];
    printJson({
      added: idsOf(of(sources, 'added', 'unknown')),
      existing: idsOf(existing),
      unknown: idsOf(unknown),
      invalid: [],
      sources,
      operations,
    });
  } else printSources(sources);
}

export function addCommand(program: Command): void {
  const command = program
    .command('add')
    .description('follow taxa and studies, each resolved at ENA; one id that cannot be right adds none')
    .argument('<ids...>', 'taxon numbers (562, taxon:562) and study accessions (PRJEB1787, ERP013565)');
  withSettings(command)
    .option('--no-subtree', 'the taxa themselves only, without what lies below them')
    .option('--no-wait', 'end when it is asked for, and name the operation that does it')
    .option('--json', 'print what came of each as JSON')
    .action(add);
}
