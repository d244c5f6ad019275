import { Option, type Command } from 'commander';
import { z } from 'zod';
import { apiClient } from '../client';
import { CliError } from '../errors';
import { Money, moneyLines } from '../money';
import { print, printJson, table } from '../output';
import { findSettings } from '../settings';
import type { JsonFlag } from './arguments';

const KINDS = ['day', 'month', 'source', 'batch'] as const;
const CostAnswer = z.looseObject({
  by: z.enum(KINDS),
  money: Money,
  items: z.array(z.looseObject({ key: z.string(), dollars: z.number(), workers: z.number(), dollarsSoFar: z.number().optional() })),
});

interface Flags extends JsonFlag {
  readonly by: (typeof KINDS)[number];
  readonly source?: string;
}

async function cost({ by, source, json }: Flags): Promise<void> {
  const ofWork = by === 'source' || by === 'batch';
  // What was spent by day and month is not kept by source.
  if (source !== undefined && !ofWork) throw new CliError(`--source says nothing of a ${by}`, 'with it give --by source, or --by batch', 2);
  const query = new URLSearchParams({ by, ...(source !== undefined && { source }) });
  const answer = await apiClient(findSettings()).get(`/cost?${query.toString()}`, CostAnswer);
  if (json) {
    printJson(answer);
    return;
  }
  moneyLines(answer.money).forEach((line, place) => print(`${place === 0 ? 'dollars  ' : '         '}${line}`));
  if (answer.items.length === 0) {
    print(`\nNothing was spent yet${source === undefined ? '' : ` for ${source}`}.`);
    return;
  }
  const head = [by.toUpperCase(), 'DOLLARS', 'WORKERS', ...(ofWork ? ['ALIVE, SO FAR'] : [])];
  const rows = answer.items.map(({ key, dollars, workers, dollarsSoFar = 0 }) => [
    ...[key, dollars.toFixed(2), workers],
    ...(ofWork ? [dollarsSoFar === 0 ? '' : dollarsSoFar.toFixed(2)] : []),
  ]);
  print(`\n${table(head, rows)}`);
}

export function costCommand(program: Command): void {
  program
    .command('cost')
    .description('money at risk now, and what was spent, at the prices that the providers had')
    .addOption(new Option('--by <kind>', 'one line for each').choices(KINDS).default('month'))
    .option('--source <source>', 'with --by source or --by batch: this one alone')
    .option('--json', 'print as JSON')
    .action(cost);
}
