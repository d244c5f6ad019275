import type { Command } from 'commander';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeProgram } from '../../../cli/main';
import { withProgress } from '../../../cli/progress';
import { trawl } from './installation';
import { containing } from '../matchers';

const leavesOf = (command: Command): readonly string[] => {
  const below = command.commands.flatMap((one) => leavesOf(one).map((name) => `${command.name()} ${name}`));
  // One that takes arguments does something itself, whatever lies below it.
  return below.length === 0 || command.registeredArguments.length > 0 ? [command.name(), ...below] : below;
};
const commands = makeProgram().commands.flatMap(leavesOf);

test('every command has help, and every one prints JSON on request', async () => {
  expect([...commands].sort()).toEqual(
    [
      ...[
        'add',
        'adopt',
        'approve',
        'cancel',
        'check',
        'clear',
        'cost',
        'init',
        'list',
        'log',
        'pause',
        'plan',
        'remove',
        'resume',
        'set',
        'show',
        'status',
        'uninstall',
        'verify',
      ],
      ...['operation list', 'operation show', 'listing accept', 'listing list', 'listing diff'],
      ...['filter check', 'filter preview', 'filter rules', 'filter set', 'filter show'],
      ...['export', 'schema', 'show errors', 'show experiments', 'show runs', 'show samples', 'show studies'],
      ...['cluster check', 'cluster install', 'cluster key revoke', 'cluster key rotate'],
      ...['key rotate-master', 'key retire-master'],
      ...['hold list', 'hold retry', 'hold rescue', 'hold give-up'],
      ...['site add', 'site list', 'site revoke'],
      ...['token add', 'token list', 'token revoke', 'token rotate-first'],
      ...['workflow validate', 'workflow import', 'workflow list', 'workflow diff'],
      ...['reap list', 'reap now', 'reap keep', 'reap release'],
    ].sort(),
  );
  for (const command of commands) {
    expect(await trawl(...command.split(' '), '--help')).toMatchObject({ code: 0, stdout: containing('--json'), stderr: '' });
  }
  expect(await trawl('hold', '--help')).toMatchObject({ code: 0, stdout: containing('give-up'), stderr: '' });
});

test.each([
  ['stauts', ['stauts'], 'Did you mean status?'],
  ['chekc', ['chekc', '562'], 'Did you mean check?'],
  ['hold rety', ['hold', 'rety', 'x'], 'Did you mean retry?'],
  ['hodl', ['hodl', 'list'], 'Did you mean hold?'],
  ['hold list --jsno', ['hold', 'list', '--jsno'], 'Did you mean --json?'],
  ['hold without a word', ['hold'], 'Usage: trawl hold'],
  ['hold retry without a worker', ['hold', 'retry'], 'see "trawl hold retry --help"'],
  ['a worker that is none', ['hold', 'retry', 'study-PRJEB1.1.1'], 'is not the id of a worker\n  → see "trawl hold list"'],
  ['give-up without --yes', ['hold', 'give-up', 'study-PRJEB1.1.1.a1'], 'repeat the command with --yes'],
  ['--jsno', ['status', '--jsno'], 'Did you mean --json?'],
  ['--prority', ['add', '562', '--prority', '1'], 'Did you mean --priority?'],
  ['--lsting', ['plan', '--lsting', 'x'], 'Did you mean --listing?'],
  ['--instalation', ['init', '--instalation', 'x'], 'Did you mean --installation?'],
  ['a state that is none', ['show', '562', '--runs', 'fialed'], 'Allowed choices are'],
  ['a provider that is none', ['add', '562', '--provider', 'cloud'], 'Allowed choices are slurm, droplet, site, any'],
  ['no id', ['add'], "missing required argument 'ids'"],
  ['an id too many', ['check', '562', '563'], 'too many arguments'],
  ['a priority too low', ['add', '562', '--priority', '-2'], 'less than -1'],
  ['a priority too high', ['add', '562', '--priority', '7'], 'more than 6'],
])('%s: the message helps, and nothing goes to standard output', async (_, args, said) => {
  expect(await trawl(...args)).toMatchObject({ code: 2, stdout: '', stderr: containing(said) });
});

test('a command that calls AWS says what it lacks', async () => {
  const environment = process.env;
  process.env = { PATH: environment['PATH'], AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
  try {
    expect(await trawl('cluster', 'check', '--config', 'infra/config/example.json')).toMatchObject({
      ...{ code: 1, stdout: '' },
      stderr: containing('set AWS_REGION and credentials'),
    });
  } finally {
    process.env = environment;
  }
});

test('what takes longer than two seconds is told on standard error, what is quicker is not', async () => {
  jest.useFakeTimers();
  const written: string[] = [];
  const spy = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  try {
    let end = (): void => undefined;
    const slow = withProgress('waiting for api', new Promise<void>((resolve) => (end = resolve)));
    jest.advanceTimersByTime(1_900);
    expect(written).toEqual([]);
    jest.advanceTimersByTime(200);
    expect(written.join('')).toContain('waiting for api');
    end();
    await slow;
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    spy.mockRestore();
    jest.useRealTimers();
  }
});

test('without its packages it says what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trawl-bare-'));
  try {
    cpSync(resolve(__dirname, '../../../cli/bin.cjs'), join(folder, 'cli/bin.cjs'));
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'cli/bin.cjs'), 'list'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, containing(`run "npm ci" in`)]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
