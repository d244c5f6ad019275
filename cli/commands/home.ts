import { Argument, Option, type Command } from 'commander';
import { z } from 'zod';
import { apiClient } from '../client';
import { CliError } from '../errors';
import { OperationAnswer, waitForOperation, type OperationLine } from '../operations';
import { humanBytes, print, printJson, table } from '../output';
import { findSettings } from '../settings';
import { sourceArgument, sourcePath, type JsonFlag } from './arguments';

const TendResult = z.looseObject({
  counts: z.record(z.string(), z.number()),
  bytes: z.number(),
  problems: z.array(z.object({ accession: z.string(), result: z.string(), detail: z.string() })),
  unknownNames: z.array(z.string()),
  reports: z.array(z.string()),
});
type TendResult = z.infer<typeof TendResult>;
interface WaitFlag extends JsonFlag {
  readonly wait: boolean;
}
interface AdoptFlags extends WaitFlag {
  readonly source: string;
  readonly link?: true;
  readonly inPlace?: true;
  readonly dryRun?: true;
}
interface VerifyFlags extends WaitFlag {
  readonly refetch?: true;
}

/** Asks for it and waits for its end, unless told not to. Undefined where it goes on in the background. */
async function tend(path: string, body: object, flags: WaitFlag): Promise<{ operation: OperationLine; result: TendResult } | undefined> {
  const client = apiClient(findSettings());
  const asked = OperationAnswer.parse((await client.send('POST', path, body)).body).operation;
  if (!flags.wait) {
    if (flags.json) printJson(asked);
    else print(`${asked.operationId} goes on in the background; "trawl operation show ${asked.operationId}" says how far it is`);
    return undefined;
  }
  const operation = await waitForOperation(client, asked.operationId);
  const result = TendResult.parse(operation.result);
  if (flags.json) printJson(operation);
  return { operation, result };
}

function printProblems({ problems, reports }: TendResult): void {
  if (problems.length > 0)
    print(
      table(
        ['RUN', 'WHAT', 'DETAIL'],
        problems.map(({ accession, result, detail }) => [accession, result, detail]),
      ),
    );
  if (problems.length >= 200) print(`\nThese are the first 200; all stand in the bucket in ${reports.join(', ')}.`);
}

const WORDS: readonly (readonly [string, string])[] = [
  ['adopted', 'adopted'],
  ['would-adopt', 'would be adopted'],
  ['already-complete', 'at home already'],
  ['in-work', 'being fetched now, left alone'],
  ['md5-differs', 'md5 differs from ENA'],
  ['size-differs', 'size differs from ENA'],
  ['incomplete', 'not all files there'],
  ['refused', 'refused'],
  ['unknown-name', 'files that the source does not have'],
];

async function adopt(directory: string, flags: AdoptFlags): Promise<void> {
  const path = `${sourcePath(flags.source)}/adopt`;
  // A slip of the finger costs no round trip.
  if (!directory.startsWith('/'))
    throw new CliError(`${JSON.stringify(directory)} is no absolute path`, 'name the directory as the cluster sees it', 2);
  const done = await tend(path, { directory, how: flags.inPlace ? 'in-place' : 'link', dryRun: flags.dryRun === true }, flags);
  if (!done || flags.json) return;
  const { counts, bytes, unknownNames } = done.result;
  const rows = WORDS.filter(([name]) => (counts[name] ?? 0) > 0).map(([name, words]) => `${String(counts[name]).padStart(8)}  ${words}`);
  print(rows.length === 0 ? `Nothing of ${flags.source} was found below ${directory}.` : rows.join('\n'));
  if (bytes > 0) print(`${humanBytes(bytes)} in all.`);
  printProblems(done.result);
  if (unknownNames.length > 0)
    print(
      `\nNot of this source, or left out by its filters: ${unknownNames.slice(0, 10).join(', ')}${unknownNames.length > 10 ? ', …' : ''}`,
    );
}

async function verify(source: string | undefined, flags: VerifyFlags): Promise<void> {
  const refetch = flags.refetch === true;
  if (refetch && source === undefined)
    throw new CliError('--refetch needs a source', 'name the source whose damaged runs are to be fetched again', 2);
  const done = await tend(
    source === undefined ? '/verify' : `${sourcePath(source)}/verify`,
    source === undefined ? {} : { refetch },
    flags,
  );
  if (!done) return;
  const { counts, bytes } = done.result;
  const bad = (counts['damaged'] ?? 0) + (counts['missing'] ?? 0);
  if (!flags.json) {
    print(
      `${counts['checked'] ?? 0} runs hashed (${humanBytes(bytes)}), ${counts['damaged'] ?? 0} damaged, ${counts['missing'] ?? 0} missing.`,
    );
    printProblems(done.result);
    if ((counts['aside'] ?? 0) > 0) print(`\n${counts['aside']} set aside; they are due again and will be fetched.`);
  }
  // As of a file system check: what is not whole is a failure, also for a script.
  if (bad > 0)
    throw new CliError(
      `${bad} runs at home are not as they were published`,
      'docs/runbook.md, "Attention: results-damaged"; then "trawl verify <source> --refetch"',
    );
}

export function homeCommands(program: Command): void {
  program
    .command('adopt')
    .description('take in runs that the laboratory holds already, checked against the md5 of ENA')
    .addArgument(new Argument('<directory>', 'on the cluster, below one of the directories that kit/gate.json allows (adoptRoots)'))
    .requiredOption('--source <source>', 'the source that the runs belong to: taxon:562, 562 or PRJEB1787')
    .addOption(
      new Option(
        '--link',
        'bring the files home: cloned, hard-linked where they can be made read-only, else copied (as when nothing is given)',
      ).conflicts('inPlace'),
    )
    .option('--in-place', 'leave the files where they are; home holds links to them')
    .option('--dry-run', 'check and report, change nothing')
    .option('--no-wait', 'do not wait for the end')
    .option('--json', 'print the operation as JSON')
    .action(adopt);
  program
    .command('verify')
    .description('hash again what is at home; ends 1 when something is not as it was published')
    .addArgument(sourceArgument().argOptional())
    .option('--refetch', 'set aside what an earlier pass found damaged, nothing is deleted, and fetch it again')
    .option('--no-wait', 'do not wait for the end')
    .option('--json', 'print the operation as JSON')
    .action(verify);
}
