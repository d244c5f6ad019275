import { runCommand, type CommandOptions } from '../system/commands';

/** Where progress goes: one line at a time. */
export type Say = (line: string) => void;

/** Progress on standard error, so that standard output stays a program's own. */
export const sayOnStderr: Say = (line) => void process.stderr.write(`${line}\n`);

const ERROR_LINES = 20;

/** The last lines of a text, for an error message. */
export const tailOf = (text: string, lines: number): string => text.trimEnd().split('\n').slice(-lines).join('\n');

/**
 * Runs a program that has to succeed and gives its standard output.
 * @throws Error with the program's last lines
 */
export async function mustRun(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, args, options);
  if (code === 0) return stdout;
  throw new Error(`"${[command, ...args].join(' ')}" failed (${code ?? 'not run'}):\n${tailOf(stdout + stderr, ERROR_LINES)}`);
}
