import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attachEmulator, stopEmulator, type Emulator, type EmulatorKind } from '../aws/emulator';
import { stopMarked } from '../aws/processes';
import { startKind } from '../aws/start';
import { attachCluster, startCluster, type Cluster } from '../cluster/cluster';
import { digitalOceanControl, type DigitalOceanControl } from '../digitalocean/control';
import { startDigitalOceanDaemon } from '../digitalocean/start';
import { enaControl, type EnaControl } from '../ena/control';
import { PROJECT_ROOT } from '../setup/install-once';
import type { Say } from '../setup/run-command';
import { startSsmDaemon } from '../ssm/start';
import { runCommand } from '../system/commands';
import { allOrNone } from './all-or-none';
import { startEnaDaemon } from './ena-daemon';
import { install, Standing, type Droplets } from './install';
import { cleaningUpOnInterruption } from './interruption';
import type { Access } from './trawl-cli';
import { withoutCluster } from './without-cluster';
import { ensureWorkerKit } from './worker-kit';

export interface InstallationOptions {
  /** Folder of its own; everything that runs keeps its state below it. */
  readonly stateDir: string;
  readonly emulator: EmulatorKind;
  readonly installation: string;
  /** Size of all FASTQ files of the ENA stand-in together. */
  readonly totalBytes: number;
  readonly recheckSeconds: number;
  /** Droplets too, from the stand-in, where wanted with other settings of the configuration; off by default, since their kit is large. */
  readonly droplets?: boolean | Readonly<Record<string, unknown>>;
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Without: for what dispatches nothing; saves the daemons of Slurm. */
  readonly cluster?: boolean;
  /** Each function is given as much memory as it is deployed with, and no more (MiniStack). */
  readonly memoryHeld?: boolean;
  /** The bridge goes over Systems Manager instead of SSH (MiniStack). */
  readonly ssm?: boolean;
  /** What the functions are given as `AWS_ENDPOINT_URL` (LocalStack); default: the emulator. */
  readonly functionsEndpoint?: string;
  readonly say: Say;
}

/** A whole local installation: emulator with the deployed stacks, ENA stand-in, Slurm cluster with its head node. */
export interface Installation {
  readonly name: string;
  readonly access: Access;
  readonly emulator: Emulator;
  readonly cluster: Cluster;
  readonly ena: EnaControl;
  readonly enaUrl: string;
  /** Undefined where it has no droplets. */
  readonly digitalOcean: DigitalOceanControl | undefined;
  readonly digitalOceanUrl: string | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export const CACHE_DIR = join(PROJECT_ROOT, '.trawl', 'cache');
const part = (stateDir: string, name: 'aws' | 'ena' | 'cluster' | 'digitalocean' | 'ssm'): string => {
  mkdirSync(join(stateDir, name), { recursive: true });
  return realpathSync(join(stateDir, name));
};

async function stopParts(stateDir: string): Promise<void> {
  await Promise.all([
    stopEmulator(part(stateDir, 'aws')),
    stopMarked(part(stateDir, 'ena')),
    stopMarked(part(stateDir, 'digitalocean')),
    stopMarked(part(stateDir, 'ssm')),
    stopClusterIn(part(stateDir, 'cluster')),
  ]);
  rmSync(join(stateDir, 'installation.json'), { force: true });
}

async function startDroplets(stateDir: string, wanted: InstallationOptions['droplets'], say: Say): Promise<Droplets> {
  const [{ url }, kitFile] = await Promise.all([startDigitalOceanDaemon({ stateDir }), ensureWorkerKit(CACHE_DIR, say)]);
  return { apiUrl: url, tokenFile: join(stateDir, 'token'), kitFile, settings: typeof wanted === 'object' ? wanted : {} };
}

async function stopClusterIn(folder: string): Promise<void> {
  // A cluster that was never started leaves nothing to stop.
  if (existsSync(join(folder, 'cluster.json'))) await attachCluster(folder).stop();
}

/** The emulator forgets everything when it stops: a home and an accounting that remember its jobs would answer for those of the next. */
async function forgetCluster(folder: string): Promise<void> {
  // Published results are read-only, their folders too.
  await runCommand('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true, force: true });
}

const handle = (stateDir: string, standing: Standing, emulator: Emulator, cluster: Cluster): Installation => ({
  name: standing.installation,
  access: standing.access,
  emulator,
  cluster,
  ena: enaControl(standing.enaUrl),
  enaUrl: standing.enaUrl,
  digitalOceanUrl: standing.digitalOceanUrl,
  digitalOcean: standing.digitalOceanUrl === undefined ? undefined : digitalOceanControl(standing.digitalOceanUrl),
  outputs: standing.outputs,
  stop: () => stopParts(stateDir),
});

/** Starts everything from nothing (files of the ENA stand-in and tools are reused; an earlier home in the same folder goes). On a failure or Ctrl-C nothing is left running. */
export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  mkdirSync(options.stateDir, { recursive: true });
  const stateDir = realpathSync(options.stateDir);
  const startAll = async (): Promise<Installation> => {
    await stopParts(stateDir);
    await forgetCluster(part(stateDir, 'cluster'));
    options.say(`starting ${options.emulator}, the ENA stand-in and a Slurm cluster …`);
    const [emulator, enaUrl, droplets, cluster] = await allOrNone([
      startKind(options.emulator, { ...options, stateDir: part(stateDir, 'aws') }),
      startEnaDaemon({ stateDir: part(stateDir, 'ena'), filesDir: join(CACHE_DIR, 'ena-files'), totalBytes: options.totalBytes }),
      options.droplets ? startDroplets(part(stateDir, 'digitalocean'), options.droplets, options.say) : undefined,
      options.cluster === false
        ? withoutCluster(part(stateDir, 'cluster'))
        : startCluster({ stateDir: part(stateDir, 'cluster'), cacheDir: CACHE_DIR }),
    ]);
    const ssm = options.ssm ? await startSsmDaemon({ stateDir: part(stateDir, 'ssm'), emulator: emulator.endpoint }) : undefined;
    const standing = await install({ ...options, stateDir }, { emulator, cluster, enaUrl, droplets, ssm });
    writeFileSync(join(stateDir, 'installation.json'), JSON.stringify(standing), { mode: 0o600 });
    return handle(stateDir, standing, emulator, cluster);
  };
  const cleanUp = (): Promise<void> => stopParts(stateDir);
  try {
    return await cleaningUpOnInterruption(cleanUp, options.say, startAll);
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** The installation that another process left standing here; null when there is none or part of it died. */
export function attachInstallation(stateDir: string): Installation | null {
  const path = join(stateDir, 'installation.json');
  if (!existsSync(path)) return null;
  const emulator = attachEmulator(part(stateDir, 'aws'));
  if (!emulator) return null;
  const folder = part(stateDir, 'cluster');
  const cluster = existsSync(join(folder, 'cluster.json')) ? attachCluster(folder) : withoutCluster(folder);
  return handle(stateDir, Standing.parse(JSON.parse(readFileSync(path, 'utf8'))), emulator, cluster);
}

/** Stops what stands in this folder, whatever is left of it. Safe to repeat. */
export const stopInstallation = (stateDir: string): Promise<void> =>
  existsSync(stateDir) ? stopParts(realpathSync(stateDir)) : Promise.resolve();
