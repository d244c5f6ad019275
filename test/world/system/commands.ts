import { spawn } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a command left behind. `code` is null where it was killed by a signal or could not be started. */
export type CommandResult = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** How {@link runCommand} runs: the environment is the whole environment, output is captured unless `echo` is set. */
export type CommandOptions = {
  readonly environment?: NodeJS.ProcessEnv;
  /** Working directory; default: this process's own. */
  readonly cwd?: string;
  readonly timeoutSeconds?: number;
  /** Also copies the command's output to this process's standard error, for what takes long. */
  readonly echo?: boolean;
};

/** Runs argv to its end. Never throws: a command that is not there answers code null with the reason in stderr. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: options.environment ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.timeoutSeconds === undefined ? {} : { timeout: options.timeoutSeconds * 1000, killSignal: 'SIGKILL' as const }),
    });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        text[name] += chunk;
        if (options.echo) process.stderr.write(chunk);
      });
    }
    child.on('error', (error) => resolve({ code: null, stdout: text.stdout, stderr: `${text.stderr}${error.message}` }));
    child.on('close', (code) => resolve({ code, ...text }));
  });
}

/** The directories commands are looked for in: PATH, and where daemons lie, which a person's PATH often leaves out. */
export function commandDirectories(path = process.env.PATH ?? ''): readonly string[] {
  return [...new Set([...path.split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin'])].filter(
    (directory) => directory !== '',
  );
}

/** The absolute path of a command, or undefined. */
export function findCommand(name: string, directories: readonly string[] = commandDirectories()): string | undefined {
  return directories
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return realpathSync(path) !== '';
      } catch {
        return false;
      }
    });
}
