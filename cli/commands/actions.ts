import type { Command } from 'commander';
import { z } from 'zod';
import { apiClient } from '../client';
import { print, printJson } from '../output';
import { findSettings } from '../settings';
import { sourceArgument, sourcePath, type JsonFlag } from './arguments';

const DoneAnswer = z.looseObject({ source: z.looseObject({ sourceId: z.string() }), detail: z.string().optional() });
const RemovedAnswer = z.looseObject({ sourceId: z.string(), stays: z.array(z.string()) });

const ACTIONS: readonly { readonly name: string; readonly description: string; readonly done: string }[] = [
  { name: 'check', description: 'start a cycle now', done: 'will be checked' },
  {
    name: 'approve',
    description: 'let a plan that exceeds the limits go on',
    done: 'is approved; its batches are dispatched as slots are free',
  },
  { name: 'pause', description: 'start no new cycle and dispatch nothing', done: 'is paused; what runs goes on' },
  { name: 'resume', description: 'end a pause', done: 'goes on' },
  { name: 'clear', description: 'clear attention; what failed is due again', done: 'is cleared and will be checked' },
  { name: 'cancel', description: 'end all planned and running batches; what is finished is kept', done: 'is being cancelled' },
];

async function act(action: string, done: string, id: string, flags: JsonFlag): Promise<void> {
  const path = `${sourcePath(id)}/${action}`;
  const answer = DoneAnswer.parse((await apiClient(findSettings()).send('POST', path, {})).body);
  if (flags.json) printJson(answer);
  else print(`${answer.source.sourceId} ${done}${answer.detail === undefined ? '' : ` (${answer.detail})`}`);
}

async function remove(id: string, flags: JsonFlag): Promise<void> {
  const path = sourcePath(id);
  const answer = RemovedAnswer.parse((await apiClient(findSettings()).send('DELETE', path, undefined)).body);
  if (flags.json) {
    printJson(answer);
    return;
  }
  print(`${answer.sourceId} is not followed any more. What stays:`);
  answer.stays.forEach((line) => print(`  ${line}`));
}

export function actionCommands(program: Command): void {
  for (const { name, description, done } of ACTIONS) {
    program
      .command(name)
      .description(description)
      .addArgument(sourceArgument())
      .option('--json', 'print the source as JSON')
      .action((id: string, flags: JsonFlag) => act(name, done, id, flags));
  }
  program
    .command('remove')
    .description('stop following a source; results and history stay, and it says where')
    .addArgument(sourceArgument())
    .option('--json', 'print what stays as JSON')
    .action(remove);
}
