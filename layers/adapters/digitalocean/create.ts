import { chooseSizes, type OfferedSize, type SizeChoice } from '../../core/dispatch/choose-size';
import { jobKeyOf } from '../../core/ids';
import type { Created, WorkerRequest } from '../../core/ports/outside';
import type { Failed, Refusal } from './answer';
import type { CreateDroplet, DigitalOcean, Droplet } from './client';
import { userDataOf } from './user-data';

export interface DropletSettings {
  readonly installation: string;
  /** The best first. */
  readonly regions: readonly string[];
  /** Slug of an Ubuntu image. */
  readonly image: string;
  readonly maxDollarsPerHour: number;
  /** Of what leaves a droplet. */
  readonly egressDollarsPerGib?: number;
  readonly lookUpSeconds?: number;
}

/** What the image itself, the kit and its logs take of a droplet's disk. */
const SYSTEM_DISK_GB = 5;
export const diskOf = ({ diskGb = 0 }: Pick<WorkerRequest, 'diskGb'>): number => diskGb + SYSTEM_DISK_GB;

export const placeOf = (image: string, { region, size }: Pick<SizeChoice, 'region' | 'size'>): string => `${image}/${region}/${size}`;

/** Where it may be made: no place that rests, and those where an earlier attempt failed last. */
function choicesFor(settings: DropletSettings, request: WorkerRequest, offered: readonly OfferedSize[]) {
  const all = chooseSizes(offered, { ...request.resources, diskGb: diskOf(request) }, settings, ({ size, region }) => {
    const place = placeOf(settings.image, { size, region });
    if (request.avoid?.places.includes(place)) return 'never';
    return request.avoid?.ratherNot.includes(place) ? 'last' : 'may';
  });
  return all.map((choice) => ({ ...choice, place: placeOf(settings.image, choice) }));
}

/** Asks for one droplet, and where a size or region is out, for the next: each was refused before another is asked for. */
export async function createDroplet(
  client: DigitalOcean,
  settings: DropletSettings,
  request: WorkerRequest,
  offered: readonly OfferedSize[],
  sent: Set<string>,
): Promise<Created> {
  const key = jobKeyOf(settings.installation, request.jobId);
  const choices = choicesFor(settings, request, offered);
  const [out, refused] = [new Set<string>(), new Map<string, Failed>()];
  const tried = () => (refused.size === 0 ? {} : { refused: [...refused].map(([place, { reason }]) => ({ place, cause: reason })) });
  for (const choice of choices) {
    if (out.has(choice.region)) continue;
    sent.add(key);
    const answer = await client.createDroplet(dropletOf(settings, request, key, choice));
    if (answer.outcome === 'unknown') return { ...answer, place: choice.place, ...tried() };
    if (answer.outcome === 'done') return { ...madeOf(answer.value, choice, settings), ...tried() };
    sent.delete(key);
    if (answer.reason !== 'region-unavailable' && answer.reason !== 'size-unavailable') return { ...failed(answer), ...tried() };
    refused.set(choice.place, answer);
    if (answer.reason === 'region-unavailable') out.add(choice.region);
  }
  const last = [...refused.values()].at(-1);
  if (last !== undefined) return { outcome: 'failed', reason: 'no-size-free', detail: last.detail, retry: 'elsewhere', ...tried() };
  const rests = request.avoid?.places.join(', ') ?? '';
  return rests !== '' && choicesFor(settings, { ...request, avoid: { places: [], ratherNot: [] } }, offered).length > 0
    ? { outcome: 'failed', reason: 'places-resting', detail: `no worker started there of late: ${rests}`, retry: 'later' }
    : { outcome: 'failed', reason: 'no-size-fits', detail: needText(settings, request), retry: 'elsewhere' };
}

const madeOf = ({ id, size }: Droplet, choice: SizeChoice & { readonly place: string }, settings: DropletSettings): Created => ({
  ...{ outcome: 'done', providerRef: String(id), place: choice.place, ...egressOf(settings) },
  dollarsPerHour: size?.price_hourly ?? choice.dollarsPerHour,
});

export const egressOf = ({ egressDollarsPerGib }: DropletSettings) => (egressDollarsPerGib === undefined ? {} : { egressDollarsPerGib });

const dropletOf = (settings: DropletSettings, request: WorkerRequest, name: string, { size, region }: SizeChoice): CreateDroplet => ({
  name,
  size,
  region,
  image: settings.image,
  tags: ['trawl', `trawl-${settings.installation}`, `trawl-deadline-${request.deadline.toISOString().slice(0, 10)}`],
  user_data: userDataOf({ enrolUrl: request.enrolment.url, jobId: request.jobId, token: request.enrolment.token }),
});

const RETRIES: Partial<Record<Refusal, 'elsewhere' | 'never'>> = { 'token-refused': 'never', rejected: 'elsewhere' };
const failed = ({ reason, detail }: Failed): Created => ({ outcome: 'failed', reason, detail, retry: RETRIES[reason] ?? 'later' });

const needText = ({ maxDollarsPerHour, regions }: DropletSettings, { resources, diskGb = 0 }: WorkerRequest): string =>
  `no size with ${resources.cpus} processors, ${resources.memoryMb} MB and ${diskGb} GB of disk for ${maxDollarsPerHour} dollars an hour in ${regions.join(', ')}`;
