import { randomUUID } from 'node:crypto';
import type { EmulatorKind } from '../../world/aws/emulator';
import { sleep } from '../../world/aws/processes';
import { holdBackGate } from '../../world/crashes/gate';
import { startCrashProxy, type CrashProxy } from '../../world/crashes/proxy';
import { startCallbackProxy, type CallbackProxy } from '../../world/faults/callback-proxy';
import type { Installation } from '../../world/installation/installation';
import { trawlJson } from '../../world/installation/trawl-cli';
import { inside, type Inside } from '../support/aws';
import { installationFor } from '../support/installation';
import { tally } from './tally';

/** Where the faults are made: an installation whose workers call back through a proxy, and whose heart beats faster. */
export interface Place extends Inside {
  readonly installation: Installation;
  readonly proxy: CallbackProxy;
  /** Where it was asked for. */
  readonly crashes: CrashProxy | undefined;
}

export interface PlaceOptions {
  readonly name?: string;
  readonly droplets?: boolean | Readonly<Record<string, unknown>>;
  /** Functions can be ended after an effect of theirs (LocalStack). */
  readonly crashes?: boolean;
  /** Cap of workers. */
  readonly workers?: number;
  readonly batchRuns?: number;
  /** Other fields of the configuration. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

const PAUSE_MILLISECONDS = 3_000;

/** One beat after the other, and the sweeps that are due, until told to stop; the minutely rules only shorten that. */
function beatFast({ machines }: Inside): () => Promise<void> {
  const beating = new AbortController();
  const goesOn = (): boolean => !beating.signal.aborted;
  const ended = async (machine: 'heartbeat' | 'sweep-results'): Promise<void> => {
    const id = `test-${randomUUID()}`;
    await machines.start(machine, id, { id });
    if (machine === 'sweep-results') return;
    while (goesOn() && (await machines.status(machine, id)) === 'RUNNING') await sleep(300);
  };
  const beats = (async () => {
    for (let count = 0; goesOn(); count += 1) {
      await ended('heartbeat');
      if (count % 3 === 0) await ended('sweep-results');
      await sleep(PAUSE_MILLISECONDS);
    }
  })();
  beats.catch(() => undefined);
  return async () => {
    beating.abort();
    await beats;
  };
}

function stand(crashes: CrashProxy, { emulator, digitalOceanUrl, cluster }: Installation): void {
  crashes.standBefore({ mark: emulator.stateDir, aws: emulator.endpoint, digitalOcean: digitalOceanUrl, sshPort: cluster.head.port });
  holdBackGate(cluster, crashes.gateUrl);
}

/** From now on its workers call back through a proxy, and its heart beats faster. Before its first function has run. */
export async function placeAt(installation: Installation, crashes?: CrashProxy): Promise<Place & { readonly rest: () => Promise<void> }> {
  const proxy = await startCallbackProxy(installation.access.url);
  if (crashes !== undefined) stand(crashes, installation);
  const place = { ...inside(installation), installation, proxy, crashes };
  // Before the first function has read it. The same command as after a change of address on AWS.
  const args = ['init', '--installation', installation.name, '--base-url', proxy.url];
  try {
    await trawlJson(undefined, args, installation.emulator.environment);
  } catch (error) {
    await proxy.stop();
    throw error;
  }
  return { ...place, rest: beatFast(place) };
}

/** The place for all tests of a `describe`; to be called inside tests only. Two runs make a batch, so that few runs make several. */
export function placeFor(
  kind: EmulatorKind,
  { name = 'faults', droplets = false, crashes: withCrashes = false, workers = 12, batchRuns = 2, overrides = {} }: PlaceOptions = {},
): () => Place {
  const caps = {
    total: workers,
    pools: { scheduled: workers, manual: 6 },
    providers: droplets === false ? { slurm: 12 } : { slurm: 12, droplet: Math.max(10, workers - 12) },
    homeFreeBytesMin: 1_000_000_000,
    cyclesAtOnce: 9,
  };
  let place: Place | undefined;
  let stopBeating: (() => Promise<void>) | undefined;
  let crashes: CrashProxy | undefined;
  // Before the installation's own: hooks of one kind run in the order in which they are written, and the heart must not outlive it.
  afterAll(async () => {
    try {
      if (place !== undefined) await tally(place);
      await stopBeating?.();
    } finally {
      await place?.proxy.stop();
    }
  }, 300_000);
  if (withCrashes)
    beforeAll(async () => {
      crashes = await startCrashProxy();
    });
  const standing = installationFor(kind, {
    name,
    droplets,
    between: () => crashes,
    overrides: { caps, batch: { maxBytes: 60_000_000, maxRuns: batchRuns }, ...overrides },
  });
  beforeAll(async () => {
    const { rest, ...stood } = await placeAt(standing(), crashes);
    [place, stopBeating] = [stood, rest];
  }, 120_000);
  // After the installation's own: functions speak through it to their end.
  afterAll(() => crashes?.stop());
  return () => {
    if (place === undefined) throw new Error('the place of the faults does not stand');
    return place;
  };
}
