import type { Command } from 'commander';
import { z } from 'zod';
import { apiClient } from '../client';
import { print, printJson } from '../output';
import { findSettings } from '../settings';
import { sourceArgument, sourcePath, type JsonFlag } from './arguments';

const Accepted = z.looseObject({ source: z.looseObject({ sourceId: z.string() }), detail: z.string().optional() });

async function accept(id: string, flags: JsonFlag): Promise<void> {
  const answer = Accepted.parse((await apiClient(findSettings()).send('POST', `${sourcePath(id)}/accept-listing`, {})).body);
  if (flags.json) printJson(answer);
  else print(`${answer.source.sourceId}: the next listing like the last one counts (${answer.detail ?? ''}); it is checked now`);
}

/** What a person says about the last listing. */
export function acceptListingCommand(listing: Command): void {
  listing
    .command('accept')
    .description('confirm that what the last, rejected listing lost is really gone from ENA')
    .addArgument(sourceArgument())
    .option('--json', 'print the source as JSON')
    .action(accept);
}
