import { createHash, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { lookup } from 'node:dns/promises';
import { z } from 'zod';
import { runCommand } from '../system/commands';

const port = z.number().int().min(1024).max(65535);

const clusterState = z.object({
  v: z.literal(1),
  stateDir: z.string(),
  /** Sockets and the spool: a directory with a path short enough for a socket's address (107 bytes). */
  runDir: z.string(),
  root: z.string(),
  user: z.string(),
  clusterName: z.string(),
  nodeName: z.string(),
  messageTimeoutSeconds: z.number().int().positive(),
  isEnforced: z.boolean().default(false),
  host: z.object({ name: z.string(), address: z.string(), isolated: z.boolean(), loopbackOnly: z.boolean() }),
  ports: z.object({ ssh: port, slurmctld: port, slurmd: port, slurmdbd: port, proxy: port }),
});

/** What is fixed at a cluster's start and read by everyone who attaches to it: `<state>/cluster.json`. */
export type ClusterState = z.infer<typeof clusterState>;

/** What a start may choose. */
export type StateOptions = {
  readonly stateDir: string;
  readonly root?: string;
  readonly messageTimeoutSeconds?: number;
  /** Whether associations, limits and QOS of accounting are held to; not unless it is said. */
  readonly isEnforced?: boolean;
};

const stateFile = (stateDir: string) => join(stateDir, 'cluster.json');

/** The recorded state, or undefined where no cluster was ever started. Throws where the file is not what this version writes. */
export function loadState(stateDir: string): ClusterState | undefined {
  return existsSync(stateFile(stateDir)) ? clusterState.parse(JSON.parse(readFileSync(stateFile(stateDir), 'utf8'))) : undefined;
}

/** Writes the state that a start with these options has, taking up the ports of an earlier one as far as they are free. */
export async function prepareState(options: StateOptions): Promise<ClusterState> {
  const { stateDir } = options;
  if (!/^\/[\w./@+-]+$/.test(stateDir)) throw new Error(`A cluster's directory must be absolute, without blanks and quotes: "${stateDir}"`);
  const earlier = loadState(stateDir);
  const digest = createHash('sha256').update(stateDir).digest('hex').slice(0, 10);
  const runDir = stateDir.length <= 70 ? join(stateDir, 'run') : join(tmpdir(), `trawl-${digest}`);
  const state: ClusterState = {
    v: 1,
    stateDir,
    runDir,
    root: options.root ?? join(stateDir, 'home', 'trawl'),
    user: userInfo().username,
    clusterName: `trawl${digest}`,
    nodeName: 'node1',
    messageTimeoutSeconds: options.messageTimeoutSeconds ?? 10,
    isEnforced: options.isEnforced ?? false,
    host: await hostIdentity(),
    ports: await freePorts(earlier?.ports),
  };
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  writeFileSync(`${stateFile(stateDir)}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${stateFile(stateDir)}.new`, stateFile(stateDir));
  return state;
}

/**
 * What the daemons take for the host's name. Slurm asks for the machine's name, resolves it, and listens there: so where the kernel allows it the
 * daemons get a UTS namespace in which the machine is called localhost, and neither the real name nor its address matters.
 */
async function hostIdentity(): Promise<ClusterState['host']> {
  const probe = await runCommand('unshare', ['--uts', '--', 'hostname', 'localhost']);
  if (probe.code === 0) return { name: 'localhost', address: '127.0.0.1', isolated: true, loopbackOnly: true };
  const name = hostname().split('.')[0] ?? 'localhost';
  const resolved = await lookup(name, { family: 4 }).then(
    ({ address }) => address,
    () => '',
  );
  const loopbackOnly = resolved.startsWith('127.');
  return { name, address: loopbackOnly ? resolved : '127.0.0.1', isolated: false, loopbackOnly };
}

async function freePorts(wanted?: ClusterState['ports']): Promise<ClusterState['ports']> {
  const taken = new Set<number>();
  const take = async (kept: number | undefined): Promise<number> => {
    // Below Linux's range for outgoing connections (from 32768), or a connection could sit on the port while a daemon is stopped.
    const candidate = kept ?? randomInt(20_000, 32_000);
    if (taken.has(candidate) || !(await isFree(candidate))) return take(undefined);
    taken.add(candidate);
    return candidate;
  };
  const ssh = await take(wanted?.ssh);
  const slurmctld = await take(wanted?.slurmctld);
  const slurmd = await take(wanted?.slurmd);
  const slurmdbd = await take(wanted?.slurmdbd);
  return { ssh, slurmctld, slurmd, slurmdbd, proxy: await take(wanted?.proxy) };
}

function isFree(candidate: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port: candidate, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
