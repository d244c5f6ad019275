import { Argument, type Command } from 'commander';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { SUSPECT_KINDS } from '../../layers/core/reaping/kinds';
import { Keep, ReapReport, type Mark } from '../../layers/core/reaping/records';
import { apiClient, type Client } from '../client';
import { CliError } from '../errors';
import { print, printJson, table } from '../output';
import { withProgress } from '../progress';
import { EventsAnswer } from '../schemas';
import { findSettings } from '../settings';
import type { JsonFlag } from './arguments';

const ReapsAnswer = z.object({ report: ReapReport.optional(), keeps: z.array(Keep), events: EventsAnswer.shape.items });
type ReapsAnswer = z.infer<typeof ReapsAnswer>;
const Refusal = z.object({ error: z.object({ message: z.string() }) });
const SHOWN_EVENTS = 10;
const LOOK_EVERY_MILLISECONDS = 1_000;
/** A cycle has ten minutes, and may have to wait for the lease of another. */
const LOOKS = 900;
/** Whoever finds the lease taken ends at once and never reports. */
const LOOKS_AFTER_ANOTHER = 5;

const whatNext = ({ kind, keptBy, result }: Mark): string => {
  if (keptBy !== undefined) return `kept (${keptBy})`;
  const { act } = SUSPECT_KINDS[kind];
  return result === undefined ? act : `${act}: ${result}`;
};

function printReport({ report, keeps, events }: ReapsAnswer): void {
  if (report === undefined) {
    print('The reaper has not looked yet; it does by its schedule, or by "trawl reap now".');
    return;
  }
  print(`last look  ${report.at} (${report.id})`);
  for (const { place, alive, unknown } of report.listed)
    print(`  ${place}: ${unknown === undefined ? `${alive ?? 0} alive` : `did not answer: ${unknown}`}`);
  if (report.marks.length === 0) print('\nNothing is suspect.');
  else {
    const rows = report.marks.map((mark) => [mark.subject, mark.kind, mark.since, mark.looks, whatNext(mark), mark.detail]);
    print(`\n${table(['SUBJECT', 'KIND', 'SINCE', 'LOOKS', 'ACT', 'DETAIL'], rows)}`);
  }
  if (report.leftOut > 0) print(`and ${report.leftOut} more`);
  report.acted.forEach(({ subject, act, result }) => print(`\ndone: ${act} ${subject}: ${result}`));
  report.recovered.forEach((subject) => print(`recovered: ${subject}`));
  report.errors.forEach(({ subject, error }) => print(`failed: ${subject}: ${error}`));
  if (keeps.length > 0) {
    const rows = keeps.map(({ name, by, at, reason }) => [name, by, at, reason ?? '']);
    print(`\nKept by people (trawl reap release <name>):\n${table(['NAME', 'BY', 'SINCE', 'REASON'], rows)}`);
  }
  if (events.length > 0) print(`\nLately, of no source:`);
  events.slice(0, SHOWN_EVENTS).forEach(({ at, type, entityId, detail = '' }) => print(`  ${at}  ${type}  ${entityId}  ${detail}`));
}

async function list(flags: JsonFlag): Promise<void> {
  const answer = await apiClient(findSettings()).get('/reaps', ReapsAnswer);
  if (flags.json) printJson(answer);
  else printReport(answer);
}

/** The report of cycle `id`; that of another one, where that had begun before and reports in its place. */
async function reported(client: Client, id: string, before: string | undefined): Promise<ReapsAnswer> {
  let others = 0;
  for (let look = 0; look < LOOKS; look += 1) {
    const answer = await client.get('/reaps', ReapsAnswer);
    if (answer.report?.id === id || others === LOOKS_AFTER_ANOTHER) return answer;
    if (answer.report !== undefined && answer.report.id !== before) others += 1;
    await delay(LOOK_EVERY_MILLISECONDS);
  }
  throw new CliError(`cycle ${id} has not reported`, 'another cycle may have held the lease: "trawl reap list" shows the last one');
}

async function now(flags: JsonFlag & { readonly wait?: true }): Promise<void> {
  const client = apiClient(findSettings());
  const before = flags.wait ? (await client.get('/reaps', ReapsAnswer)).report?.id : undefined;
  const { id } = z.object({ id: z.string() }).parse((await client.send('POST', '/reaps', {})).body);
  if (flags.wait) {
    const answer = await withProgress(`waiting for ${id}`, reported(client, id, before));
    if (flags.json) printJson(answer);
    else {
      if (answer.report?.id !== id) print(`${id} met a cycle that was looking already; this is what that one found.\n`);
      printReport(answer);
    }
    return;
  }
  if (flags.json) printJson({ id });
  else print(`${id} is started; "trawl reap list" shows what it found. It acts upon what was suspect before.`);
}

/** A mistyped name is told before anything is sent. */
function wellFormed(name: string): string {
  if (Keep.shape.name.safeParse(name).success) return name;
  throw new CliError(`${JSON.stringify(name)} is no name of a worker, machine or job`, 'see "trawl reap list"', 2);
}

async function keep(name: string, flags: JsonFlag & { readonly reason?: string }): Promise<void> {
  const body = { name: wellFormed(name), ...(flags.reason !== undefined && { reason: flags.reason }) };
  const answer = await apiClient(findSettings()).send('POST', '/reaps/keep', body);
  const { marks } = z.object({ marks: z.array(z.string()) }).parse(answer.body);
  if (flags.json) printJson(answer.body);
  else
    print(marks.length > 0 ? `${name} is left alone: ${marks.join(', ')}` : `${name} is left alone; nothing of that name is suspect now.`);
}

async function release(name: string, flags: JsonFlag): Promise<void> {
  const isUnknown = ({ status, body }: { status: number; body: unknown }): boolean => status === 404 && Refusal.safeParse(body).success;
  const { status, body } = await apiClient(findSettings()).send('POST', '/reaps/release', { name: wellFormed(name) }, (answer) =>
    isUnknown(answer),
  );
  if (isUnknown({ status, body }))
    throw new CliError(`${Refusal.parse(body).error.message} (404)`, 'see "trawl reap list" for what is kept');
  if (flags.json) printJson(body);
  else print(`${name} is no longer kept: the next two looks decide.`);
}

const nameArgument = (): Argument =>
  new Argument('<name>', 'a subject of "trawl reap list", a worker, a name or number at the provider, or a job of the cluster');

export function reapCommands(program: Command): void {
  const reap = program.command('reap').description('what is paid for and belongs to nobody: found, looked at again, ended');
  reap
    .command('list')
    .description('the last look: what is suspect, what was done, what is kept')
    .option('--json', 'print as JSON')
    .action(list);
  reap
    .command('now')
    .description('look now; what was suspect before and is still is acted upon')
    .option('--wait', 'until it has reported')
    .option('--json', 'print as JSON')
    .action(now);
  reap
    .command('keep')
    .description('leave something alone, whatever it looks like')
    .addArgument(nameArgument())
    .option('--reason <text>', 'why, for others')
    .option('--json', 'print as JSON')
    .action(keep);
  reap.command('release').description('take "keep" back').addArgument(nameArgument()).option('--json', 'print as JSON').action(release);
}
