import { injected } from '../../run/faults/ledger';
import { trawl, trawlJson } from '../../world/installation/trawl-cli';
import type { Scenario } from '../../e2e/faults/scenarios';
import type { Place } from '../../e2e/faults/place';
import type { WatchedSource } from '../../e2e/faults/watched-source';

const args = ({ installation }: Place, verb: string): readonly string[] => ['key', verb, '--installation', installation.name];

/** A new master secret while its job is at a slow download; the old one cannot go before that has ended. */
export const masterRotated = (
  place: Place,
  source: WatchedSource,
): Scenario<{ readonly refusal: string; readonly after: readonly string[] }> => ({
  source,
  arrange: () => source.stall(source.accessions[1] ?? '', 3),
  play: async () => {
    const { environment } = place.installation.emulator;
    await source.untilStaged(source.accessions[0] ?? '');
    const before = place.proxy.seen(source.job(), 'finished').length;
    await trawlJson(undefined, args(place, 'rotate-master'), environment);
    const { code, stderr } = await trawl(undefined, args(place, 'retire-master'), environment);
    await source.deliver(source.accessions[1] ?? '');
    if (before === 0) injected('control-secret-rotated');
    await source.untilSettled();
    const after = place.proxy.seen(source.job(), 'finished').map(({ status, lost }) => `${lost ?? status}`);
    return { refusal: code === 0 ? '' : stderr, after };
  },
});

/** @returns whether the old one went */
export const retireMaster = (place: Place): Promise<unknown> =>
  trawlJson(undefined, args(place, 'retire-master'), place.installation.emulator.environment);
