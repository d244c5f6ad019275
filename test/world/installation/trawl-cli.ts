import { join } from 'node:path';
import { PROJECT_ROOT } from '../setup/install-once';
import { runCommand, type CommandResult } from '../system/commands';

export interface Access {
  readonly url: string;
  readonly token: string;
}

/** Runs `npx trawl …` as a person would, against one installation. */
export const trawl = (
  access: Access | undefined,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandResult> => {
  const known = access === undefined ? {} : { TRAWL_URL: access.url, TRAWL_TOKEN: access.token };
  return runCommand(process.execPath, [join(PROJECT_ROOT, 'cli/bin.cjs'), ...args], {
    cwd: PROJECT_ROOT,
    environment: { ...process.env, ...environment, ...known },
    timeoutSeconds: 120,
  });
};

/** The same, for commands that must work: gives what `--json` printed. @throws Error with what it said */
export async function trawlJson(
  access: Access | undefined,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const { code, stdout, stderr } = await trawl(access, [...args, '--json'], environment);
  if (code !== 0) throw new Error(`trawl ${args.join(' ')} ended ${code}: ${stderr}${stdout}`);
  return JSON.parse(stdout);
}
