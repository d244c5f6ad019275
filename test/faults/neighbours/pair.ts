/** Two installations on one emulator, one Slurm and one account of DigitalOcean; each follows the same studies. */
import { jobKeyOf } from '../../../layers/core/ids';
import { installBeside, type Beside } from '../../world/installation/beside';
import { askedFor } from '../../e2e/droplets/strangers';
import { digitalOceanOf, type Made } from '../../e2e/droplets/machines';
import { placeAt, type Place } from '../../e2e/faults/place';
import { queued } from '../../e2e/support/observe';
import { newSource, sameSource, type WatchedSource } from '../../e2e/faults/watched-source';

/** Of each: at most so many workers at one time, which is what its work below needs. */
export const CAPS = {
  ...{ total: 3, pools: { scheduled: 3, manual: 3 }, providers: { slurm: 1, droplet: 2 } },
  ...{ homeFreeBytesMin: 1_000_000_000, cyclesAtOnce: 9 },
} as const;
/** The reaper comes when it is called, so that it is known who did what. */
export const OVERRIDES = { caps: CAPS, batch: { maxBytes: 60_000_000, maxRuns: 2 }, reapEveryMinutes: 59 } as const;

export interface Second {
  readonly place: Place;
  readonly installation: Beside;
  readonly end: () => Promise<void>;
}

/** Its name begins as that of the first one does. */
export async function secondBeside(first: Place): Promise<Second> {
  const installation = await installBeside(first.installation, { name: `${first.installation.name}-b`, overrides: OVERRIDES });
  const { rest, ...place } = await placeAt(installation);
  let resting: Promise<void> | undefined;
  // Once: what it beats is gone with its stacks.
  const end = (): Promise<void> => (resting ??= rest().finally(() => place.proxy.stop()));
  return { place, installation, end };
}

export interface Twice {
  readonly one: WatchedSource;
  readonly other: WatchedSource;
}
/** One study, followed by both; none of its files comes before `deliver`. */
export async function sameStudy(first: Place, second: Place, number: number, runs: number): Promise<Twice> {
  const one = await newSource(first, number, runs);
  for (const accession of one.accessions) await one.stall(accession, 100);
  return { one, other: await sameSource(second, number, runs) };
}

/** From now on the archive delivers the study's files to both. */
export async function deliver({ one }: Twice): Promise<void> {
  for (const accession of one.accessions) await one.deliver(accession);
}

const isOf = ({ installation }: Place, name: string): boolean => name.startsWith(`${installation.name}.`);
export const machinesOf = async (place: Place): Promise<readonly Made[]> =>
  (await digitalOceanOf(place).droplets()).filter(({ name }) => isOf(place, name));
export const livingOf = async (place: Place): Promise<readonly string[]> =>
  (await machinesOf(place)).flatMap(({ name, status }) => (status === 'destroyed' ? [] : [name])).sort();
export const jobsOf = async (place: Place): Promise<readonly string[]> =>
  (await queued(place.installation)).filter((name) => isOf(place, name) && name.endsWith('.fetch'));

/** A machine with its name and tags that nobody asked for. @returns its name */
export async function orphanOf({ installation }: Place, number = 1): Promise<string> {
  const name = jobKeyOf(installation.name, `study-PRJEB7700${number}.1.1.a1.fetch`);
  await askedFor(installation, name);
  return name;
}
