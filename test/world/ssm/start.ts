import { mkdirSync } from 'node:fs';
import { startStandIn } from '../stand-in';

export const NODE_ID = 'mi-0123456789abcdef0';

/** Comments of the commands that were made, in order. */
export async function commandsSent(url: string): Promise<readonly string[]> {
  return (await (await fetch(`${url}/_control/sent`)).json()) as readonly string[];
}

const answers = (url: string): Promise<boolean> =>
  commandsSent(url).then(
    () => true,
    () => false,
  );

/** Starts the stand-in as a process that outlives this one, in front of an emulator; gives its URL and its node once it answers. */
export async function startSsmDaemon({ stateDir, emulator }: { readonly stateDir: string; readonly emulator: string }) {
  mkdirSync(stateDir, { recursive: true });
  const args = ['--node', NODE_ID, '--emulator', emulator];
  const url = await startStandIn({ what: 'Systems Manager', main: 'test/world/ssm/main.ts', args, stateDir, name: 'ssm', answers });
  return { url, node: NODE_ID };
}
