import { injected } from '../../run/faults/ledger';
import type { Place } from '../../e2e/faults/place';
import type { WatchedSource } from '../../e2e/faults/watched-source';
import { digitalOceanOf, dropletOf, takeAway, untilFetched } from '../../e2e/droplets/machines';
import type { Scenario } from '../../e2e/droplets/scenarios';
import type { FaultRuleInput } from '../../world/digitalocean/control-schema';

type Fault = FaultRuleInput['fault'];

/** How often a request of this kind with these words was answered with this status. */
export const answeredWith = async (place: Place, operation: string, words: string, status: number): Promise<number> =>
  (await digitalOceanOf(place).requests()).filter(
    (request) =>
      request.operation === operation && request.status === status && `${request.path}?${JSON.stringify(request.query)}`.includes(words),
  ).length;

/** The first create of it is refused in DigitalOcean's words. */
export const createRefused = (place: Place, source: WatchedSource, fault: Fault): Scenario<void> => ({
  source,
  arrange: () => digitalOceanOf(place).inject({ on: 'create', contains: source.key(), times: 1, fault }),
  play: () => source.untilSettled(),
});

/** The first DELETEs of its droplet are answered so, and do nothing. */
export const destroyRefused = (place: Place, source: WatchedSource, id: string, status: number, fault: Fault): Scenario<void> => ({
  source,
  arrange: () => source.slow(source.accessions[1] ?? '', 15),
  play: async () => {
    const made = await dropletOf(place, source);
    await digitalOceanOf(place).inject({ on: 'destroy', contains: `/v2/droplets/${made.id}`, times: 2, fault });
    await source.untilSettled();
    injected(id, await answeredWith(place, 'destroy', `/${made.id}`, status));
  },
});

/** Its second droplet has the address of the first, and a host key of its own. */
export const addressReused = (place: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: () => source.stall(source.accessions[1] ?? ''),
  play: async () => {
    const made = await dropletOf(place, source);
    const fault = { kind: 'reuse-address', address: made.address } as const;
    await digitalOceanOf(place).inject({ on: 'create', contains: source.key(2), times: 1, fault });
    await untilFetched(source, made, source.accessions[0] ?? '');
    await takeAway(place, made);
    const next = await dropletOf(place, source, 2);
    if (next.address === made.address && next.hostKey !== made.hostKey) injected('provider-address-reused');
    await source.untilSettled();
  },
});

/** All its work is done and nobody has heard of that when its machine goes, and with it what nobody has copied. */
export const goneBeforeCopy = (place: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: async () => place.proxy.lose({ jobId: source.job(), kind: 'finished', what: 'request' }),
  play: async () => {
    const made = await dropletOf(place, source);
    for (const accession of source.accessions) await untilFetched(source, made, accession);
    await source.until('its last word', () => place.proxy.seen(source.job(), 'finished').length > 0);
    await takeAway(place, made);
    injected('collection-machine-gone');
    await source.untilSettled();
  },
});
