import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { sourceIdOfSlug, WorkerId } from '../../layers/core/ids';
import { apiClient, type Answer } from '../client';
import { CliError } from '../errors';
import { print, printJson, table } from '../output';
import { HoldsAnswer } from '../schemas';
import { findSettings } from '../settings';
import type { JsonFlag } from './arguments';

const DoneAnswer = z.looseObject({ worker: z.looseObject({ workerId: z.string(), status: z.string() }), detail: z.string() });
const Refusal = z.object({ error: z.object({ message: z.string() }) });
const SEE_LIST = 'see "trawl hold list" for what is held';

async function list(flags: JsonFlag): Promise<void> {
  const { items: holds } = await apiClient(findSettings()).get('/holds', HoldsAnswer);
  if (flags.json) {
    printJson(holds);
    return;
  }
  if (holds.length === 0) {
    print('Nothing is held.');
    return;
  }
  const head = ['WORKER', 'PROVIDER', 'REASON', 'HELD SINCE', 'HELD UNTIL', 'SWEEPS FAILED', 'DOLLARS', 'RESCUE'];
  const rows = holds.map((hold) => [
    ...[
      hold.workerId,
      hold.provider,
      hold.reason,
      hold.since,
      hold.overdueAt === undefined ? (hold.heldUntil ?? 'a person acts') : 'overdue',
      hold.sweepFailures,
    ],
    hold.dollarsSoFar === undefined ? 'none' : `${hold.dollarsSoFar.toFixed(2)} so far`,
    hold.rescueRequestedAt ?? (hold.rescueFault === undefined ? '' : `not whole: ${hold.rescueFault}`),
  ]);
  print(table(head, rows));
  print('\ndocs/runbook.md, "Attention: results-held", says how to mend a reason; then "trawl hold retry <worker>".');
}

/** Refusals get a hint of their own: that of the client speaks of sources. */
function refuse({ status, body }: Answer): never {
  throw new CliError(`${Refusal.parse(body).error.message} (${status})`, SEE_LIST);
}

async function act(action: string, workerId: string, body: object, flags: JsonFlag): Promise<void> {
  // A mistyped id is told before anything is sent.
  if (!WorkerId.safeParse(workerId).success) throw new CliError(`${JSON.stringify(workerId)} is not the id of a worker`, SEE_LIST, 2);
  const isRefusal = ({ status, body: said }: Answer): boolean => [404, 409].includes(status) && Refusal.safeParse(said).success;
  const answer = await apiClient(findSettings()).send('POST', `/holds/${workerId}/${action}`, body, isRefusal);
  if (isRefusal(answer)) refuse(answer);
  const done = DoneAnswer.parse(answer.body);
  if (flags.json) printJson(done);
  else print(`${done.worker.workerId}: ${done.detail}`);
}

async function giveUp(workerId: string, flags: JsonFlag & { readonly yes?: true }): Promise<void> {
  if (!flags.yes) {
    throw new CliError(
      `nothing was given up: ${JSON.stringify(workerId)} would be ended with all that it has`,
      'repeat the command with --yes where its runs may be fetched again',
      2,
    );
  }
  await act('give-up', workerId, { confirm: true }, flags);
  const source = sourceIdOfSlug(workerId.slice(0, workerId.indexOf('.')));
  if (!flags.json) print(`Ask for them: "trawl clear ${source}" where it needs attention, else "trawl check ${source}".`);
}

const workerArgument = (): Argument => new Argument('<worker>', 'as "trawl hold list" names it: study-PRJEB28810.1.1.a1');

export function holdCommands(program: Command): void {
  const hold = program.command('hold').description('workers that are kept because their results could not be brought home');
  hold.command('list').description('each with why, since and until when, and what it costs').option('--json', 'print as JSON').action(list);
  hold
    .command('retry')
    .description('sweep it once more, after the reason is mended')
    .addArgument(workerArgument())
    .option('--json', 'print the worker as JSON')
    .action((workerId: string, flags: JsonFlag) => act('retry', workerId, {}, flags));
  hold
    .command('rescue')
    .description('have a droplet put its results into the bucket')
    .addArgument(workerArgument())
    .option('--json', 'print the worker as JSON')
    .action((workerId: string, flags: JsonFlag) => act('rescue', workerId, {}, flags));
  hold
    .command('give-up')
    .description('end it with what it has; only where its runs can be fetched again')
    .addArgument(workerArgument())
    .option('--yes', 'what it has may be lost')
    .option('--json', 'print the worker as JSON')
    .action(giveUp);
}
