import { spawnSync } from 'node:child_process';

/** Runs a command on this terminal with more in its environment; gives its exit code. */
export function interactive([command = 'squeue', ...args]: readonly string[], environment: Readonly<Record<string, string>>): number {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  if (error) process.stderr.write(`${command}: ${error.message}\n`);
  return status ?? 1;
}
