import { Option, type Command } from 'commander';
import { z } from 'zod';
import { LISTING_CHANGES } from '../../layers/core/ports/listing-diff';
import { apiClient } from '../client';
import { print, printJson, table } from '../output';
import { findSettings } from '../settings';
import { acceptListingCommand } from './accept-listing';
import { sourceArgument, sourcePath, wholeNumber, type JsonFlag } from './arguments';

const Listing = z.looseObject({
  cycle: z.number(),
  askedAt: z.string(),
  rows: z.number().optional(),
  isGood: z.boolean(),
  rejected: z.string().optional(),
  isCurrent: z.boolean(),
  changes: z.record(z.string(), z.number()).optional(),
  judgedRuns: z.number().optional(),
});
const ListingsAnswer = z.looseObject({ items: z.array(Listing), cursor: z.string().optional() });
type ListingsAnswer = z.infer<typeof ListingsAnswer>;

const Change = z.looseObject({
  accession: z.string(),
  change: z.string(),
  columns: z.array(z.object({ column: z.string(), from: z.string(), to: z.string() })),
});
const DiffAnswer = z.looseObject({
  from: z.number(),
  to: z.number(),
  counts: z.record(z.string(), z.number()),
  items: z.array(Change),
  cursor: z.string().optional(),
});
type DiffAnswer = z.infer<typeof DiffAnswer>;

const SHOWN_CHANGES = ['new', 'changed', 'returned', 'missing', 'withdrawn', 'unmatched'];
const countsOf = (changes: Readonly<Record<string, number>> = {}): string =>
  SHOWN_CHANGES.filter((change) => (changes[change] ?? 0) > 0)
    .map((change) => `${changes[change] ?? 0} ${change}`)
    .join(', ');

async function list(id: string, flags: JsonFlag & { readonly limit: number }): Promise<void> {
  const path = `${sourcePath(id)}/listings`;
  const page = await apiClient(findSettings()).pages<ListingsAnswer['items'][number], ListingsAnswer>(path, flags.limit, ListingsAnswer);
  if (flags.json) {
    printJson(page);
    return;
  }
  if (page.items.length === 0) print('No listing is kept yet.');
  else {
    const rows = page.items.map(({ cycle, askedAt, rows: runs, isGood, isCurrent, rejected, changes, judgedRuns }) => [
      ...[cycle, askedAt, isGood ? (isCurrent ? 'good, in force' : 'good') : 'rejected'],
      ...[runs ?? '', judgedRuns ?? '', rejected ?? countsOf(changes)],
    ]);
    print(table(['CYCLE', 'ASKED', 'VERDICT', 'RUNS', 'JUDGED', 'AGAINST THE LAST GOOD ONE'], rows));
  }
  if (page.cursor !== undefined) print(`… older ones: "--limit" shows more than ${flags.limit}`);
}

interface DiffFlags extends JsonFlag {
  readonly from?: number;
  readonly to?: number;
  readonly change?: string;
  readonly limit: number;
}

async function diff(id: string, { from, to, change, limit, json }: DiffFlags): Promise<void> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ from, to, change })) if (value !== undefined) query.set(name, String(value));
  const path = `${sourcePath(id)}/listings/diff${query.size > 0 ? `?${query.toString()}` : ''}`;
  const answer = await apiClient(findSettings()).pages<DiffAnswer['items'][number], DiffAnswer>(path, limit, DiffAnswer);
  if (json) {
    printJson(answer);
    return;
  }
  const { counts, items } = answer;
  print(`cycle ${answer.from} → ${answer.to}: ${counts['new'] ?? 0} new, ${counts['changed'] ?? 0} changed, ${counts['gone'] ?? 0} gone`);
  const rows = items.flatMap(({ accession, change: what, columns }) =>
    columns.length === 0
      ? [[accession, what, '', '', '']]
      : columns.map(({ column, from: before, to: after }, at) => [...(at === 0 ? [accession, what] : ['', '']), column, before, after]),
  );
  if (rows.length > 0) print(`\n${table(['RUN', 'CHANGE', 'COLUMN', 'BEFORE', 'AFTER'], rows)}`);
  if (answer.cursor !== undefined) print(`… more than ${items.length}: "--limit" shows more`);
}

/** Reads what ENA said of a source at other times. */
export function listingHistoryCommands(program: Command): void {
  const found = program.commands.find((command) => command.name() === 'listing');
  const listing = found ?? program.command('listing').description('what ENA said of a source');
  listing
    .command('list')
    .description('kept listings, newest first: when, how many runs, what had changed, or why it does not count')
    .addArgument(sourceArgument())
    .option('--limit <n>', 'look through at most so many cycles', wholeNumber(1), 20)
    .option('--json', 'print as JSON')
    .action(list);
  listing
    .command('diff')
    .description('what is new, changed (which columns, before and after) and gone between two kept listings')
    .addArgument(sourceArgument())
    .option('--from <cycle>', 'the earlier listing; without it the good one before --to', wholeNumber(1))
    .option('--to <cycle>', 'the later listing; without it the last good one', wholeNumber(1))
    .addOption(new Option('--change <kind>', 'these alone').choices(LISTING_CHANGES))
    .option('--limit <n>', 'list at most so many runs', wholeNumber(1), 100)
    .option('--json', 'print as JSON')
    .action(diff);
  acceptListingCommand(listing);
}
