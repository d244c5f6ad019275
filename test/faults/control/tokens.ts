/** A worker's word meets a task token that nobody waits with any more. */
import { waitId } from '../../../layers/core/ids';
import { injected } from '../../run/faults/ledger';
import type { Place } from '../../e2e/faults/place';
import type { WatchedSource } from '../../e2e/faults/watched-source';

const NEVER_ISSUED = Buffer.from('a token that no execution was ever given').toString('base64');

/** The partition takes jobs and starts none. */
export async function withoutNodes({ installation: { cluster } }: Place, work: () => Promise<void>): Promise<void> {
  const set = async (state: 'DOWN' | 'UP'): Promise<void> => {
    const { code, stderr } = await cluster.run('scontrol', ['update', 'PartitionName=work', `State=${state}`]);
    if (code !== 0) throw new Error(`scontrol: ${stderr}`);
  };
  await set('DOWN');
  try {
    await work();
  } finally {
    await set('UP');
  }
}

const tokenOf = async ({ stores }: Place, source: WatchedSource): Promise<string | undefined> =>
  (await stores.waits.get(waitId.started(source.job())))?.token;

/**
 * Its job waits in the queue until AwaitStarted has timed out and waits anew. Then the token that lies there is the one that has timed out, as if its write had
 * been overtaken; of the other source, one that was never issued. *started* is answered to that.
 */
export async function putOldTokens(place: Place, expired: WatchedSource, unknown: WatchedSource): Promise<void> {
  const first = new Map<WatchedSource, string>();
  for (const source of [expired, unknown])
    await source.until('a token', async () => {
      const token = await tokenOf(place, source);
      if (token !== undefined) first.set(source, token);
      return token !== undefined;
    });
  for (const source of [expired, unknown])
    await source.until('a second token', async () => (await tokenOf(place, source)) !== first.get(source));
  await place.stores.waits.arrive(waitId.started(expired.job()), first.get(expired) ?? '');
  await place.stores.waits.arrive(waitId.started(unknown.job()), NEVER_ISSUED);
}

/** Waits until *started* was answered to the old token. */
export async function untilAnswered(place: Place, source: WatchedSource): Promise<void> {
  await source.until('an answer to the old token', async () => {
    const wait = await place.stores.waits.get(waitId.started(source.job()));
    return wait?.fact !== undefined && wait.answeredAt !== undefined;
  });
  injected('control-token-expired');
}

/** How often each state of its execution was entered. */
export async function statesEntered(place: Place, source: WatchedSource): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { stateEnteredEventDetails } of await place.history('process-batch', source.worker())) {
    const name = stateEnteredEventDetails?.name;
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
