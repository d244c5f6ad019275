import type { Command } from 'commander';
import { z } from 'zod';
import { apiClient } from '../client';
import { CliError } from '../errors';
import { print, printJson } from '../output';
import { SourceLine } from '../schemas';
import { findSettings } from '../settings';
import { sourceArgument, sourcePath, type JsonFlag } from './arguments';
import { settingsOf, withSettings, type SettingFlags } from './setting-options';

const SetAnswer = z.looseObject({ source: SourceLine, changes: z.array(z.string()) });

async function set(id: string, { json, ...flags }: SettingFlags & JsonFlag): Promise<void> {
  const path = sourcePath(id);
  if (Object.keys(flags).length === 0) throw new CliError('no setting is given', 'see "trawl set --help"', 2);
  const answer = SetAnswer.parse((await apiClient(findSettings()).send('PATCH', path, settingsOf(flags))).body);
  if (json) {
    printJson(answer);
    return;
  }
  print(answer.changes.length === 0 ? `${answer.source.sourceId} has these settings already` : answer.source.sourceId);
  answer.changes.forEach((line) => print(`  ${line}`));
}

export function setCommand(program: Command): void {
  withSettings(
    program
      .command('set')
      .description('change settings of a source; all of them or, when one is wrong, none')
      .addArgument(sourceArgument()),
  )
    .option('--subtree', 'the taxon with what lies below it')
    .option('--no-subtree', 'the taxon itself only')
    .option('--no-query', 'all of its runs again')
    .option('--json', 'print the source and what changed as JSON')
    .action(set);
}
