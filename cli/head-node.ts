import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CliError } from './errors';

const SLURM = join(__dirname, '..', 'slurm');

/** One thing that the head node's side looked at: as it should be, changed, to be changed, or missing. */
export const SetupLine = z.object({
  what: z.string(),
  state: z.enum(['ok', 'done', 'would', 'missing']),
  found: z.string(),
  todo: z.string().optional(),
});
export type SetupLine = z.infer<typeof SetupLine>;

/** How an administrator's command reaches the head node: by their own ssh, here, or by a script that they run there. */
export type Access =
  | { readonly by: 'ssh'; readonly destination: string; readonly sudo: boolean }
  | { readonly by: 'here'; readonly sudo: boolean }
  | { readonly by: 'script'; readonly path: string };

export interface Setup {
  /** Arguments of slurm/setup_cluster.py. */
  readonly args: readonly string[];
  /** What of slurm/ travels with it. */
  readonly files: readonly string[];
}

interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
}

function run(command: string, args: readonly string[], input: string | undefined): Promise<Ended> {
  return new Promise((resolve, reject) => {
    // Standard error is the person's: ssh asks there for what it needs.
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => reject(new CliError(`${command} cannot be started: ${error.message}`)));
    child.on('close', (code) => resolve({ code, stdout: Buffer.concat(chunks) }));
    // A far end that goes away early says why by its code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** For a shell: what stands in it is one word, whatever it holds. Pure. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** A script for /bin/sh that brings these files along, runs the set-up with them, and leaves none behind. */
async function scriptOf({ args, files }: Setup, extra: readonly string[]): Promise<string> {
  const packed = await run('tar', ['-czf', '-', '--exclude=__pycache__', '-C', SLURM, ...files], undefined);
  if (packed.code !== 0) throw new CliError('tar could not pack what belongs on the head node');
  return [
    '#!/bin/sh',
    '# Made by trawl: to be run on the head node as the account that Trawl logs in as, or as root. It holds no secret.',
    'set -eu',
    'umask 022',
    'dir=$(mktemp -d)',
    `trap 'rm -rf "$dir"' EXIT`,
    'chmod 0755 "$dir"',
    `base64 -d <<'END' | tar -xzf - -C "$dir"`,
    ...(packed.stdout.toString('base64').match(/.{1,76}/g) ?? []),
    'END',
    `python3 "$dir/setup_cluster.py" ${[...args, ...extra].map(quoted).join(' ')} </dev/null`,
    '',
  ].join('\n');
}

/** Lines of the set-up; what a login says beside them is left out. */
function linesIn(text: string): readonly SetupLine[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{"what"'))
    .map((line) => SetupLine.parse(JSON.parse(line)));
}

/**
 * Runs the set-up on the head node and gives what it told; undefined where the script was only written down. Repeatable.
 * @throws CliError where the head node was not reached, or the set-up did not get to its end
 */
export async function onHeadNode(access: Access, setup: Setup): Promise<readonly SetupLine[] | undefined> {
  if (access.by === 'script') {
    writeFileSync(access.path, await scriptOf(setup, []));
    chmodSync(access.path, 0o755);
    return undefined;
  }
  const shell = [...(access.sudo ? ['sudo', '-n'] : []), 'sh', '-s'];
  // A destination that begins with a dash would be an option.
  const [command = 'sh', ...args] = access.by === 'ssh' ? ['ssh', '-T', '--', access.destination, ...shell] : shell;
  const ended = await run(command, args, await scriptOf(setup, ['--json']));
  const lines = linesIn(ended.stdout.toString('utf8'));
  const missing = lines.some(({ state }) => state === 'missing');
  if (ended.code === 0 || (ended.code === 1 && missing)) return lines;
  const where = access.by === 'ssh' ? access.destination : 'this machine';
  throw new CliError(
    `the set-up on ${where} ended ${ended.code ?? 'by a signal'}`,
    'what it said stands above; it may be repeated, or written down with --script and run by hand',
    3,
  );
}
