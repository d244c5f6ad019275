import { chooseSizes, type OfferedSize } from '../../core/dispatch/choose-size';
import { jobKeyOf } from '../../core/ids';
import type { Asked, Clock, Created, Found, ProviderWorker, WorkerProvider, WorkerRequest } from '../../core/ports/outside';
import type { Answer } from './answer';
import type { DigitalOcean, Droplet } from './client';
import { createDroplet, egressOf, placeOf, type DropletSettings } from './create';
import { keptSizes } from './sizes';

/**
 * A batch's worker as a droplet whose name is the job's key (contract 5). The API makes a second droplet under a name without a word, and
 * its list lags: a key whose create was sent from here, or from elsewhere (`askedBefore`), is only looked for.
 */
export function dropletProvider(client: DigitalOcean, settings: DropletSettings, now: Clock = () => new Date()): WorkerProvider {
  const sizes = keptSizes(client, now);
  const sent = new Set<string>();
  const flying = new Map<string, Promise<Created>>();
  const keyOf = (request: WorkerRequest): string => jobKeyOf(settings.installation, request.jobId);
  const create = async (request: WorkerRequest): Promise<Created> => {
    const key = keyOf(request);
    const asked = request.askedBefore === true || sent.has(key);
    const seen = await client.dropletsByName(key);
    const droplet = seen.outcome === 'done' ? firstOf(seen.value, key) : undefined;
    if (droplet !== undefined) return { ...madeAs(droplet, settings.image), ...egressOf(settings) };
    if (asked) return { outcome: 'unknown', detail: seen.outcome === 'done' ? 'asked before, not seen yet' : seen.detail };
    if (seen.outcome !== 'done') return notSent(seen);
    const offered = await sizes();
    return offered.outcome === 'done' ? createDroplet(client, settings, request, offered.value, sent) : notSent(offered);
  };
  const find = async (key: string): Promise<Found> => foundBy(await client.dropletsByName(key), key);
  return {
    kind: 'droplet',
    results: 'away',
    ...(settings.lookUpSeconds !== undefined && { lookUpSeconds: settings.lookUpSeconds }),
    create: (request) => together(flying, keyOf(request), () => create(request)),
    find,
    list: async () => listed(await client.dropletsByTag(`trawl-${settings.installation}`)),
    probe: async (key, ref) => (ref === undefined ? find(key) : foundById(await client.getDroplet(idOf(ref)), key)),
    destroy: (key, ref) => destroy(client, key, ref),
    price: async (resources) => ({ dollarsPerHour: cheapest(await sizes(), resources, settings) }),
  };
}

/** Two that ask at once for one key get one answer. */
function together(flying: Map<string, Promise<Created>>, key: string, ask: () => Promise<Created>): Promise<Created> {
  const known = flying.get(key);
  if (known !== undefined) return known;
  const asking = ask().finally(() => flying.delete(key));
  flying.set(key, asking);
  return asking;
}

const idOf = (ref: string): number => Number(ref);

/** The API's filter takes no notice of case; of several under one name, the oldest is the worker. */
const namedAs = (droplets: readonly Droplet[], key: string): readonly Droplet[] => droplets.filter(({ name }) => name === key);
const firstOf = (droplets: readonly Droplet[], key: string): Droplet | undefined =>
  namedAs(droplets, key).toSorted((one, other) => one.id - other.id)[0];

const madeAs = ({ id, size, region }: Droplet, image: string): Extract<Created, { outcome: 'done' }> => ({
  outcome: 'done',
  providerRef: String(id),
  ...(size !== undefined && { dollarsPerHour: size.price_hourly }),
  ...(size?.slug !== undefined && region !== undefined && { place: placeOf(image, { size: size.slug, region: region.slug }) }),
});

/** No create went out, so none can have been carried out. */
const notSent = (answer: Exclude<Answer<unknown>, { readonly outcome: 'done' }>): Created =>
  answer.outcome === 'unknown'
    ? { outcome: 'failed', reason: 'unavailable', detail: answer.detail, retry: 'later' }
    : { outcome: 'failed', reason: answer.reason, detail: answer.detail, retry: answer.reason === 'token-refused' ? 'never' : 'later' };

/** Put on a droplet by a person, it says that the reaper leaves it alone. */
export const KEEP_TAG = 'trawl-keep';

/** A droplet that is off costs what it did, so it has not ended; nor has one whose status no document knows. */
const workerOf = ({ id, name, status, tags }: Droplet): ProviderWorker => ({
  key: name,
  providerRef: String(id),
  state: status === 'new' ? 'waiting' : 'running',
  rawState: status,
  ...(tags.includes(KEEP_TAG) && { kept: true }),
});

function foundBy(answer: Answer<readonly Droplet[]>, key: string): Found {
  if (answer.outcome !== 'done') return { outcome: 'unknown', detail: answer.detail };
  const droplet = firstOf(answer.value, key);
  return droplet === undefined ? { outcome: 'absent' } : { outcome: 'found', worker: workerOf(droplet) };
}

function foundById(answer: Answer<Droplet>, key: string): Found {
  if (answer.outcome === 'done') return { outcome: 'found', worker: { ...workerOf(answer.value), key } };
  if (answer.outcome === 'failed' && answer.reason === 'not-found') return { outcome: 'absent' };
  return { outcome: 'unknown', detail: answer.detail };
}

/** By tag alone: what somebody renamed is still paid for. */
const listed = (answer: Answer<readonly Droplet[]>): Asked<readonly ProviderWorker[]> =>
  answer.outcome === 'done' ? { outcome: 'answered', answer: answer.value.map(workerOf) } : { outcome: 'unknown', detail: answer.detail };

type Destroyed = Awaited<ReturnType<WorkerProvider['destroy']>>;

async function destroy(client: DigitalOcean, key: string, ref: string | undefined): Promise<Destroyed> {
  if (ref !== undefined) return destroyed(await client.deleteDroplet(idOf(ref)));
  const seen = await client.dropletsByName(key);
  if (seen.outcome !== 'done') return { outcome: seen.outcome, detail: seen.detail };
  const ends = await Promise.all(namedAs(seen.value, key).map(async ({ id }) => destroyed(await client.deleteDroplet(id))));
  return ends.find(({ outcome }) => outcome !== 'done') ?? { outcome: 'done' };
}

function destroyed(answer: Answer<undefined>): Destroyed {
  if (answer.outcome !== 'failed') return answer.outcome === 'done' ? { outcome: 'done' } : answer;
  if (answer.reason === 'not-found') return { outcome: 'done' };
  // It is busy with an earlier action, which may be its end.
  return { outcome: answer.reason === 'pending-event' ? 'unknown' : 'failed', detail: answer.detail };
}

/** What cannot be told is taken to cost the most that is allowed. */
function cheapest(offered: Answer<readonly OfferedSize[]>, resources: WorkerRequest['resources'], settings: DropletSettings): number {
  const choices = offered.outcome === 'done' ? chooseSizes(offered.value, { ...resources, diskGb: 0 }, settings) : [];
  return choices[0]?.dollarsPerHour ?? settings.maxDollarsPerHour;
}
