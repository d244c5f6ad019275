import type { Command } from 'commander';
import { parseSourceId } from '../../layers/core/api/source-ids';
import { slug } from '../../layers/core/ids';
import { apiClient } from '../client';
import { CliError } from '../errors';
import { print, printJson } from '../output';
import { findSettings } from '../settings';
import { z } from 'zod';

const DoneAnswer = z.looseObject({ source: z.looseObject({ sourceId: z.string() }), detail: z.string().optional() });

/** The path segment of a source a person named; a mistyped id is told before anything is sent. */
export function sourcePath(id: string): string {
  const parsed = parseSourceId(id);
  if (parsed.outcome === 'invalid') throw new CliError(`${JSON.stringify(id)} ${parsed.reason}`, 'see "trawl list" for the sources', 2);
  return `/sources/${slug(parsed.sourceId)}`;
}

const ACTIONS: readonly { readonly name: string; readonly description: string; readonly done: string }[] = [
  { name: 'check', description: 'start a cycle now', done: 'will be checked at once' },
  {
    name: 'approve',
    description: 'let a plan that exceeds the limits go on',
    done: 'is approved; its batches are dispatched as slots are free',
  },
  { name: 'pause', description: 'start no new cycle and dispatch nothing', done: 'is paused; what runs goes on' },
  { name: 'resume', description: 'end a pause', done: 'goes on' },
  { name: 'clear', description: 'clear attention; what failed is due again', done: 'is cleared and will be checked at once' },
  { name: 'cancel', description: 'end all planned and running batches; what is finished is kept', done: 'is being cancelled' },
];

async function act(action: string, done: string, id: string, flags: { readonly json?: true }): Promise<void> {
  const answer = DoneAnswer.parse((await apiClient(findSettings()).send('POST', `${sourcePath(id)}/${action}`, {})).body);
  if (flags.json) return printJson(answer);
  print(`${answer.source.sourceId} ${done}${answer.detail === undefined ? '' : ` (${answer.detail})`}`);
}

async function remove(id: string, flags: { readonly json?: true }): Promise<void> {
  const { body } = await apiClient(findSettings()).send('DELETE', sourcePath(id), undefined);
  if (flags.json) return printJson(body);
  const { sourceId, stays } = z.looseObject({ sourceId: z.string(), stays: z.array(z.string()) }).parse(body);
  print(`${sourceId} is not followed any more. What stays:`);
  stays.forEach((line) => print(`  ${line}`));
}

export function actionCommands(program: Command): void {
  for (const { name, description, done } of ACTIONS) {
    program
      .command(name)
      .description(description)
      .argument('<source>', 'taxon:562, 562 or PRJEB1787')
      .option('--json', 'print the source as JSON')
      .action((id: string, flags: { readonly json?: true }) => act(name, done, id, flags));
  }
  program
    .command('remove')
    .description('stop following a source; results and history stay, and it says where')
    .argument('<source>', 'taxon:562, 562 or PRJEB1787')
    .option('--json', 'print what stays as JSON')
    .action(remove);
}
