import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../infra/config';
import { newSshKey } from '../layers/adapters/bridge/new-ssh-key';
import { revokedAt } from '../layers/adapters/bridge/revoked-key';
import { sshGate } from '../layers/adapters/bridge/ssh-gate';
import { CliError } from './errors';
import { onHeadNode, type Access, type Setup, type SetupLine } from './head-node';
import { ensureParameter, readParameter, removeParameter, writeParameter } from './parameters';
import { publicKeyOf } from './public-key';
import type { KeyChange, KeyPlaces } from './rotate-key';

const WHOLE_KIT = ['setup_cluster.py', 'install-kit.sh', 'fetch-tools.sh', 'kit.py', 'gate.py', 'agent.py'];
const FOLDERS = ['templates', 'pipelines', 'nextflow/pom.xml', 'worker-kit'];

export interface SetupOptions {
  readonly dryRun: boolean;
  /** Where the head node's sshd looks for keys, if not in the account's home. */
  readonly authorizedKeys?: string | undefined;
  /** Folders on the head node, for one that cannot fetch Nextflow or tools itself. */
  readonly nextflowLib?: string | undefined;
  readonly tools?: string | undefined;
}

const nameOf = ({ installation }: Config): string => `trawl-${installation}`;

function commonArgs({ cluster }: Config, { dryRun, authorizedKeys }: SetupOptions): readonly string[] {
  return [
    ...['--root', cluster.root, '--user', cluster.user],
    ...(authorizedKeys === undefined ? [] : ['--authorized-keys', authorizedKeys]),
    ...(dryRun ? ['--dry-run'] : []),
  ];
}

/** The key that is let in: the one that counts. @throws CliError before `trawl init`, and once it is revoked */
async function currentPublicKey(config: Config): Promise<string> {
  const key = await readParameter(`/trawl/${config.installation}/ssh-key`);
  if (key === undefined) throw new CliError('this installation has no key yet', 'deploy, then "trawl init"');
  if (revokedAt(key) !== undefined) throw new CliError('the key was revoked', '"trawl cluster key rotate" makes a new one');
  return publicKeyOf(key, nameOf(config));
}

/** Sets the head node up: directories, modes, group, kit, and over SSH the key. Repeatable. */
export async function installCluster(config: Config, access: Access, options: SetupOptions): Promise<readonly SetupLine[] | undefined> {
  const { group, umask, transport } = config.cluster;
  const key = transport === 'ssh' ? ['--name', nameOf(config), '--key', await currentPublicKey(config)] : [];
  const args = [
    ...['install', ...commonArgs(config, options), '--umask', umask, ...key],
    ...(group === undefined ? [] : ['--group', group]),
    ...(options.nextflowLib === undefined ? [] : ['--nextflow-lib', options.nextflowLib]),
    ...(options.tools === undefined ? [] : ['--tools', options.tools]),
  ];
  return onHeadNode(access, { args, files: [...WHOLE_KIT, ...FOLDERS] });
}

function keysSetup(config: Config, options: SetupOptions, change: KeyChange): Setup {
  const wanted = 'add' in change ? ['--add', change.add] : 'only' in change ? ['--only', change.only] : ['--none'];
  return { args: ['keys', ...commonArgs(config, options), '--name', nameOf(config), ...wanted], files: ['setup_cluster.py'] };
}

/** The places of this installation's key. @throws CliError over Systems Manager, where there is none */
export function keyPlaces(config: Config, access: Access, options: SetupOptions, say: (text: string) => void): KeyPlaces {
  const { cluster, installation } = config;
  if (cluster.transport !== 'ssh')
    throw new CliError(
      'over Systems Manager there is no key',
      'to shut Trawl out take the tag trawl:installation from the node (docs/cluster.md)',
      2,
    );
  const at = (name: string): string => `/trawl/${installation}/${name}`;
  return {
    parameters: {
      read: (name) => readParameter(at(name)),
      ensure: (name, make) => ensureParameter(at(name), make),
      write: (name, value) => writeParameter(at(name), value),
      remove: (name) => removeParameter(at(name)),
    },
    head: async (change) => {
      const lines = await onHeadNode(access, keysSetup(config, options, change));
      const missing = lines?.find(({ state }) => state === 'missing');
      if (missing) throw new CliError(`${missing.what}: ${missing.found}`, missing.todo, 3);
      return lines === undefined ? 'later' : 'done';
    },
    problem: async (privateKey) => {
      const asked = await sshGate(cluster, async () => privateKey).disk();
      return asked.outcome === 'answered' ? undefined : asked.detail;
    },
    publicOf: (privateKey) => publicKeyOf(privateKey, nameOf(config)),
    newKey: () => newSshKey(nameOf(config)).private,
    pause: (milliseconds) => pause(milliseconds),
    say,
  };
}

/** What a change of the key would touch on the head node; changes nothing. */
export const dryRunOfKey = (
  config: Config,
  access: Access,
  options: SetupOptions,
  change: KeyChange,
): Promise<readonly SetupLine[] | undefined> => onHeadNode(access, keysSetup(config, { ...options, dryRun: true }, change));
