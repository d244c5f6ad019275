/** The ways in which a batch comes to where it is worked on; the same life over each. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gate } from '../../../layers/core/ports/outside';
import type { Cluster } from '../../world/cluster/cluster';
import { signal, type LiveProcess } from '../../world/cluster/processes';
import { PROJECT_ROOT } from '../../world/setup/install-once';
import { LEASE_SECONDS, startLife, type Life } from './installation';

export interface Way {
  readonly name: string;
  /** Where its attempts are counted. */
  readonly provider: 'slurm' | 'site';
  begin(number: number): Promise<Life>;
  /** Whoever is to take the batch is there. */
  open(life: Life): Promise<void>;
  /** Everything that works on the batch dies without a word, and nobody hears of it for long. */
  die(life: Life): Promise<void>;
  /** What still runs of it, or is queued, as whoever ran it sees it. */
  left(life: Life): Promise<readonly string[]>;
  close(life: Life): void;
}

/** Silence and the grace for a late report are over. */
const SILENT_SECONDS = 90;
const PAUSE_SECONDS = 60;
const livingAt = async ({ gate, installation }: Life): Promise<readonly string[]> => {
  const asked = await gate.status([], installation);
  return asked.outcome === 'answered' ? (asked.answer.live ?? []).map(({ key, state }) => `${key} ${state}`) : ['unknown'];
};

/** As a job of the cluster, which this gate submits. */
export const submitted = (name: string, cluster: () => Promise<Cluster>, gate: () => Promise<Gate>): Way => ({
  name,
  provider: 'slurm',
  begin: async (number) => startLife({ gate: await gate(), number, provider: 'slurm' }),
  open: async () => undefined,
  die: async (life) => {
    const { faults } = await cluster();
    if (faults.killJobProcesses(new RegExp(`${life.batchId}\\.a1`)) === 0) throw new Error('nothing was there to be killed');
    await life.until('its end at Slurm', async () => (await livingAt(life)).length === 0);
    for (const seconds of [SILENT_SECONDS, SILENT_SECONDS, PAUSE_SECONDS]) {
      life.pass(seconds);
      await new Promise((wake) => setTimeout(wake, 3_000));
    }
  },
  left: livingAt,
  close: () => undefined,
});

const processesOf = (path: string): readonly Pick<LiveProcess, 'pid' | 'command'>[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => {
      try {
        return { pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').join(' ') };
      } catch {
        return { pid: Number(name), command: '' };
      }
    })
    .filter(({ command }) => command.includes(path));

/** Claimed by a site where nobody may log in, by the real trawl-site; its results come home by a sweep of the cluster. */
export function claimed(scratch: string, cluster: () => Promise<Cluster>, gate: () => Promise<Gate>): Way {
  const sites = new Map<string, ChildProcess>();
  const folderOf = ({ installation }: Life): string => join(scratch, `${installation}-`);
  const open = async (life: Life, name: string): Promise<void> => {
    const folder = `${folderOf(life)}${name}`;
    mkdirSync(folder, { recursive: true });
    await life.addSite(name);
    writeFileSync(join(folder, 'token'), name, { mode: 0o600 });
    const places = { url: life.outside.url, tokenFile: join(folder, 'token'), root: join(folder, 'root') };
    const offer = { claims: 1, cpus: 2, memoryMb: 4_000, timeMinutes: 60, pollSeconds: 1 };
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...places, ...offer, kit: join((await cluster()).root, 'kit') }));
    const log = openSync(join(folder, 'site.log'), 'a');
    const command = [join(PROJECT_ROOT, 'slurm', 'trawl_site.py'), 'run', '--config', join(folder, 'config.json')];
    sites.set(`${folderOf(life)}${name}`, spawn('python3', command, { stdio: ['ignore', log, log] }));
  };
  const end = (path: string): void => signal(processesOf(path), 'SIGKILL');
  return {
    name: 'claimed by a site that pulls',
    provider: 'site',
    begin: async (number) => startLife({ gate: await gate(), number, provider: 'site' }),
    open: (life) => open(life, 'north'),
    die: async (life) => {
      end(folderOf(life));
      life.pass(LEASE_SECONDS + 1);
      await open(life, 'south');
      await new Promise((wake) => setTimeout(wake, 3_000));
      life.pass(PAUSE_SECONDS);
    },
    left: async (life) => [
      ...(await livingAt(life)),
      ...processesOf(folderOf(life)).flatMap(({ command }) => (command.includes('trawl_site.py') ? [] : [command])),
    ],
    close: (life) => end(folderOf(life)),
  };
}
