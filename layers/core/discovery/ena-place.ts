import { ArchiveUnavailableError } from '../errors';
import type { Clock } from '../ports/outside';
import type { Stores } from '../ports/stores';

export interface PlaceDeps {
  readonly stores: Pick<Stores, 'leases'>;
  readonly now: Clock;
  readonly sleep: (seconds: number) => Promise<void>;
}

/** Listings that the installation takes from ENA at the same time. ENA allows 50 requests a second; its index is slow, not the network. */
export const ENA_PLACES = 3;
/**
 * From the start of one request of a place to that of its next, whoever holds it: a place is given back only this long after its last
 * request may have begun. So the installation asks at most `ENA_PLACES` times in any second, below the five that it allows itself.
 */
export const ENA_REQUEST_SECONDS = 1;
/** As long as the function may run: a place whose holder died is free after that, or at once for the same cycle's next try. */
const HELD_SECONDS = 900;
const WAIT_SECONDS = 60;

/**
 * Does something while holding one of the few places at ENA (a lease in the table), so that the installation stays polite.
 * @throws ArchiveUnavailableError when none became free within a minute: the machine tries again later
 */
export async function withEnaPlace<T>(deps: PlaceDeps, holder: string, use: () => Promise<T>): Promise<T> {
  const place = await takePlace(deps, holder);
  try {
    return await use();
  } finally {
    await deps.sleep(ENA_REQUEST_SECONDS);
    await deps.stores.leases.release(place, holder);
  }
}

async function takePlace({ stores, now, sleep }: PlaceDeps, holder: string): Promise<string> {
  for (let waited = 0; waited <= WAIT_SECONDS; waited += 1) {
    for (let place = 1; place <= ENA_PLACES; place += 1) {
      const name = `ena/${place}`;
      const until = new Date(now().getTime() + HELD_SECONDS * 1000);
      if (await stores.leases.take(name, holder, now().toISOString(), until.toISOString())) return name;
    }
    await sleep(1);
  }
  throw new ArchiveUnavailableError(`all ${ENA_PLACES} places for asking it are taken`);
}
