import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { OperationId } from '../../layers/core/operation';
import { apiClient } from '../client';
import { CliError } from '../errors';
import { failed, OperationAnswer, OperationLine, progressOf, waitForOperation } from '../operations';
import { print, printJson, table } from '../output';
import { findSettings } from '../settings';
import { wholeNumber, type JsonFlag } from './arguments';

const OperationList = z.object({ items: z.array(OperationLine), cursor: z.string().optional() });
type OperationList = z.infer<typeof OperationList>;

function printOperation(operation: OperationLine): void {
  const { operationId, kind, startedAt, endedAt, actor, detail, result } = operation;
  print(operationId);
  print(`  kind     ${kind}`);
  print(`  state    ${progressOf(operation)}`);
  print(`  started  ${startedAt} by ${actor}`);
  if (endedAt !== undefined) print(`  ended    ${endedAt}`);
  if (detail !== undefined) print(`  detail   ${detail}`);
  if (result !== undefined) print(`  result   ${JSON.stringify(result, null, 2).replaceAll('\n', '\n           ')}`);
}

async function show(operationId: string, flags: JsonFlag & { readonly wait?: true }): Promise<void> {
  // A mistyped id is told before anything is sent.
  if (!OperationId.safeParse(operationId).success) {
    throw new CliError(`${JSON.stringify(operationId)} is not the id of an operation`, 'see "trawl operation list"', 2);
  }
  const client = apiClient(findSettings());
  const operation = flags.wait
    ? await waitForOperation(client, operationId)
    : (await client.get(`/operations/${operationId}`, OperationAnswer)).operation;
  if (flags.json) printJson(operation);
  else printOperation(operation);
  if (operation.status === 'failed') throw failed(operation);
}

async function list(flags: JsonFlag & { readonly limit: number }): Promise<void> {
  const { items, cursor } = await apiClient(findSettings()).pages<OperationLine, OperationList>('/operations', flags.limit, OperationList);
  if (flags.json) {
    printJson(items);
    return;
  }
  const rows = items.map((each) => [each.operationId, each.kind, progressOf(each), each.actor, each.detail ?? '']);
  print(items.length === 0 ? 'No operations yet.' : table(['OPERATION', 'KIND', 'STATE', 'BY', 'DETAIL'], rows));
  if (cursor !== undefined) print(`… older ones: "--limit" shows more than ${flags.limit}`);
}

export function operationCommands(program: Command): void {
  const operation = program.command('operation').description('what goes on in the background: adding sources, exports and the like');
  operation
    .command('show')
    .description('one operation: how far it is, and what came of it; ends 1 when it failed')
    .addArgument(new Argument('<operation>', 'as "trawl operation list" names it'))
    .option('--wait', 'until it has ended')
    .option('--json', 'print it as JSON')
    .action(show);
  operation
    .command('list')
    .description('newest first')
    .option('--limit <n>', 'the newest so many', wholeNumber(1), 50)
    .option('--json', 'print as JSON')
    .action(list);
}
