import { agreeingWithArchive, filesAtHome } from '../../world/demo/check-home';
import { queued, submitted } from '../support/observe';
import type { Place } from './place';
import type { WatchedSource } from './watched-source';

const ours = (names: readonly string[], { slug }: WatchedSource): readonly string[] => names.filter((name) => name.includes(`.${slug}.`));
const repeated = (names: readonly string[]): readonly string[] => names.filter((name, at) => names.indexOf(name) !== at);

/** How often the archive delivered each file whole, from its first byte to its last, in the order of the runs. */
export async function timesDelivered({ installation }: Place, source: WatchedSource): Promise<readonly number[]> {
  const { ena } = installation;
  const [requests, files] = [await ena.requests(), await ena.files()];
  return source.accessions.map((accession) => {
    const bytes = files.find((file) => file.accession === accession)?.bytes;
    const whole = requests.filter(
      ({ method, path, status, bytesSent }) =>
        method === 'GET' && status === 200 && path === source.pathOf(accession) && bytesSent === bytes,
    );
    return whole.length;
  });
}

/** Waits until Slurm has forgotten its jobs: a cancelled one takes its time to end. */
export const untilNoJobLeft = ({ installation }: Place, source: WatchedSource): Promise<void> =>
  source.until('an empty queue', async () => ours(await queued(installation), source).length === 0);

/** *Complete*, once: every run at home once and as the archive has it, every file delivered once, every job submitted once, nothing left. */
export async function expectCompleteOnce(place: Place, source: WatchedSource): Promise<void> {
  const { installation, stores } = place;
  const shown = await source.now();
  expect({ status: shown.lastRunStatus, attention: shown.needsAttention, complete: shown.counts.complete }).toEqual({
    status: 'complete',
    attention: undefined,
    complete: source.accessions.length,
  });
  await untilNoJobLeft(place, source);
  expect((await stores.workers.alive()).filter(({ sourceId }) => sourceId === source.sourceId)).toEqual([]);
  const files = (await filesAtHome(installation.cluster.root)).filter(({ accession }) => source.accessions.includes(accession));
  expect(files.map(({ accession }) => accession)).toEqual(source.accessions);
  expect(await agreeingWithArchive(files, installation.ena)).toEqual(files);
  expect(await timesDelivered(place, source)).toEqual(source.accessions.map(() => 1));
  expect(repeated(ours(await submitted(installation), source))).toEqual([]);
}

/** *Complete*, once, and no person was asked for at any time. */
export async function expectMendedAlone(place: Place, source: WatchedSource): Promise<void> {
  await expectCompleteOnce(place, source);
  const { items } = await place.stores.events.ofSource(source.sourceId, { limit: 500 });
  expect(items.filter(({ type }) => type === 'attention-raised')).toEqual([]);
}

/** The causes of the attempts of each batch, in order; the last one of a batch that is complete is *finished*. */
export const causesOf = async (source: WatchedSource): Promise<readonly (readonly string[])[]> =>
  (await source.batches()).map(({ attempts }) => attempts.map(({ cause }) => cause));

/** What could not be submitted, whether or not it got that far in the outage, was put off; no attempt is spent on that. */
export async function expectOnlyPutOff(source: WatchedSource, cause: string): Promise<void> {
  for (const batch of await source.batches()) {
    const putOff = batch.attempts.filter((attempt) => attempt.cause === cause).length;
    expect(batch.attempts.map((attempt) => attempt.cause)).toEqual([...Array<string>(putOff).fill(cause), 'finished']);
    expect(batch).toMatchObject({ attempt: putOff + 1, attemptLimit: putOff + 3 });
  }
}
