import { truncateSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { injected } from '../../run/faults/ledger';
import type { Place } from '../faults/place';
import type { WatchedSource } from '../faults/watched-source';
import { digitalOceanOf, dropletOf, sshLogOf, stagedAt, takeAway, untilFetched, workOf, type Made } from './machines';

/** What is prepared before the source is named to Trawl, and what happens from then on. */
export interface Scenario<T> {
  readonly source: WatchedSource;
  readonly arrange: () => Promise<unknown>;
  readonly play: () => Promise<T>;
}
const first = ({ accessions }: WatchedSource): string => accessions[0] ?? '';
const second = ({ accessions }: WatchedSource): string => accessions[1] ?? '';
/** Its second run is late, so that there is a time in which only the first is whole. */
const lateSecond = (source: WatchedSource) => (): Promise<void> => source.slow(second(source), 20);

/** Command lines of every process inside the droplet, as anybody on it can read them. */
const commandLinesIn = (made: Made): readonly string[] => workOf(made).map(({ commandLine }) => commandLine);

export interface Watched {
  readonly userData: string;
  readonly commandLines: readonly string[];
  readonly sshLog: string;
}
/** Looked at while it works, and once more when it is swept and not destroyed yet: the first DELETEs are answered that an event is pending. */
export const watched = (place: Place, source: WatchedSource): Scenario<Watched> => ({
  source,
  arrange: lateSecond(source),
  play: async () => {
    const made = await dropletOf(place, source);
    const digitalOcean = digitalOceanOf(place);
    await digitalOcean.inject({
      on: 'destroy',
      contains: `/v2/droplets/${made.id}`,
      times: 2,
      fault: { kind: 'refuse', reason: 'pending-event' },
    });
    await untilFetched(source, made, first(source));
    const commandLines = commandLinesIn(made);
    const refused = async (): Promise<boolean> =>
      (await digitalOcean.requests()).some(
        ({ operation, path, status }) => operation === 'destroy' && path.endsWith(`/${made.id}`) && status === 422,
      );
    await source.until('a DELETE that is refused', refused);
    injected('provider-destroy-locked');
    const sshLog = sshLogOf(made);
    await source.untilSettled();
    return { userData: made.userData, commandLines, sshLog };
  },
});

export const takenAway = (place: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: () => source.stall(second(source)),
  play: async () => {
    const made = await dropletOf(place, source);
    await untilFetched(source, made, first(source));
    await takeAway(place, made);
    injected('provider-machine-taken-away');
    await source.untilSettled();
  },
});

export const neverActive = (place: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: () => digitalOceanOf(place).inject({ on: 'create', contains: source.key(), times: 1, fault: { kind: 'never-active' } }),
  play: () => source.untilSettled(),
});

export const createLost = (place: Place, source: WatchedSource, lateSeconds = 0): Scenario<void> => ({
  source,
  arrange: async () => {
    const digitalOcean = digitalOceanOf(place);
    await digitalOcean.inject({ on: 'create', contains: source.key(), times: 1, fault: { kind: 'lose-reply' } });
    if (lateSeconds > 0)
      await digitalOcean.inject({ on: 'create', contains: source.key(), times: 1, fault: { kind: 'late-birth', seconds: lateSeconds } });
  },
  play: () => source.untilSettled(),
});

/** Nothing is seen of it for the whole window of a minute; when its successor is there, it is born all the same. */
export const bornAfterWindow = (place: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: createLost(place, source, 86_400).arrange,
  play: async () => {
    await dropletOf(place, source, 2);
    await digitalOceanOf(place).bear();
    injected('provider-late-birth');
    await source.untilSettled();
  },
});

/** The file is cut after the pipeline found it good; the worker's manifest is signed over what lies there then. */
export const truncated = (place: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: lateSecond(source),
  play: async () => {
    const made = await dropletOf(place, source);
    await untilFetched(source, made, first(source));
    truncateSync(stagedAt(made, source, first(source)), 1_000);
    injected('collection-source-changed');
    await source.untilSettled();
  },
});

export const hostKeyChanged = (place: Place, source: WatchedSource): Scenario<Made> => ({
  source,
  arrange: lateSecond(source),
  play: async () => {
    const made = await dropletOf(place, source);
    await untilFetched(source, made, first(source));
    await digitalOceanOf(place).replaceHostKey(made.id);
    injected('collection-host-key-changed');
    await source.until('a hold', async () => (await source.now()).needsAttention !== undefined);
    return made;
  },
});

/** What stands at home about a job of the cluster. */
export const reportAtHome = ({ installation }: Place, jobId: string): unknown =>
  JSON.parse(readFileSync(join(installation.cluster.root, 'jobs', jobId, 'report.json'), 'utf8'));
