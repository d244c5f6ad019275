import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DigitalOceanControl } from '../../world/digitalocean/control';
import { sleep } from '../../world/aws/processes';
import type { Place } from '../faults/place';
import type { WatchedSource } from '../faults/watched-source';
import { tokenOf } from './strangers';

export const digitalOceanOf = ({ installation }: Place): DigitalOceanControl => {
  if (installation.digitalOcean === undefined) throw new Error('the installation has no droplets');
  return installation.digitalOcean;
};
export type Made = Awaited<ReturnType<DigitalOceanControl['droplets']>>[number];

/** Every droplet that was ever made for this source, the oldest first. */
export const dropletsOf = async (place: Place, source: WatchedSource): Promise<readonly Made[]> =>
  (await digitalOceanOf(place).droplets()).filter(({ name }) => name.includes(`.${source.slug}.`)).sort((a, b) => a.id - b.id);

export const aliveOf = async (place: Place, source: WatchedSource): Promise<readonly Made[]> =>
  (await dropletsOf(place, source)).filter(({ status }) => status !== 'destroyed');

/** The droplet of an attempt, once it is there. */
export async function dropletOf(place: Place, source: WatchedSource, attempt = 1): Promise<Made> {
  let found: Made | undefined;
  await source.until(`a droplet of attempt ${attempt}`, async () => {
    found = (await dropletsOf(place, source)).find(({ name, disk }) => name === source.key(attempt) && disk !== null);
    return found !== undefined;
  });
  if (found === undefined) throw new Error('unreachable');
  return found;
}

const onDisk = ({ disk }: Made, ...path: readonly string[]): string => join(disk ?? '', ...path);
export const stagedAt = (made: Made, source: WatchedSource, accession: string, attempt = 1): string =>
  onDisk(made, 'var/lib/trawl/staging', source.worker(attempt), 'fetch', accession, `${accession}.fastq.gz`);

/** Waits until the attempt's droplet holds the run whole, by the word of its pipeline. */
export const untilFetched = (source: WatchedSource, made: Made, accession: string, attempt = 1): Promise<void> =>
  source.until(`${accession} whole on its droplet`, () =>
    existsSync(onDisk(made, 'var/lib/trawl/staging', source.worker(attempt), 'fetch', 'outcomes', `${accession}.json`)),
  );

/** Every process of the job inside the droplet: its agent, and what that has started. */
export function workOf({ name }: Made): readonly { readonly pid: number; readonly commandLine: string }[] {
  const directory = `/jobs/${name.split('.').slice(1).join('.')}`;
  const read = (pid: string, what: string): string => readFileSync(`/proc/${pid}/${what}`, 'utf8').replaceAll('\0', ' ');
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const [commandLine, environment] = [read(pid, 'cmdline'), read(pid, 'environ')];
        const isOfJob = / TRAWL_JOB=\S*/.exec(` ${environment}`)?.[0].includes(directory) === true;
        const isAgent = /agent\.py run --job-dir \S+/.exec(commandLine)?.[0].includes(directory) === true;
        return isOfJob || isAgent ? [{ pid: Number(pid), commandLine }] : [];
      } catch {
        return []; // ended meanwhile
      }
    });
}

/** Its agent and its work stand still from now on, while its sshd goes on. @returns how many processes */
export function freezeWork(made: Made): number {
  const work = workOf(made);
  for (const { pid } of work) process.kill(pid, 'SIGSTOP');
  return work.length;
}

/** What its sshd has logged. */
export const sshLogOf = (made: Made): string => readFileSync(onDisk(made, 'var/log/auth.log'), 'utf8');

/** How many requests have met a fault of this kind. */
export const met = async (place: Place, kind: string): Promise<number> =>
  (await digitalOceanOf(place).requests()).filter(({ faults }) => faults.includes(kind)).length;

/** As a person would in the control panel, or a bill that was not paid. */
export async function takeAway(place: Place, { id }: Made): Promise<void> {
  const { digitalOceanUrl: url } = place.installation;
  const headers = { authorization: `Bearer ${tokenOf(place.installation)}` };
  for (;;) {
    const { status } = await fetch(`${url}/v2/droplets/${id}`, { method: 'DELETE', headers });
    if (status === 204 || status === 404) return;
    await sleep(500);
  }
}
