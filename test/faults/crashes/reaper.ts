import { ageMarks, reap, reapTwice } from '../../e2e/faults/reaper';
import { crashesOf, endOf } from '../../e2e/faults/crashes';
import { digitalOceanOf } from '../../e2e/droplets/machines';
import type { Place } from '../../e2e/faults/place';
import { untilNoJobLeft } from '../../e2e/faults/expectations';
import { queued } from '../../e2e/support/observe';
import type { Crash } from '../../world/crashes/counter';
import { heldHeart, leaveBehind, type Leftovers } from './leftovers';

const REAPER = 'reap-workers';

export interface Round extends Leftovers {
  /** How its cycles of the reaper ended. */
  readonly ended: readonly (string | undefined)[];
  /** Effects of the reaper in the first two of them: it marks, it acts. */
  readonly effects: number;
}
const marksLeft = async ({ stores }: Place): Promise<number> => (await stores.reaps.report())?.marks.length ?? 0;

/**
 * One of each leftover, and as many cycles of the reaper as it takes until nothing is marked, the first of them ended after its n-th effect from now on, in whichever
 * cycle that is; 0: none is.
 */
export async function reaped(place: Place, number: number, n: number): Promise<Round> {
  const letGo = await heldHeart(place);
  try {
    const left = await leaveBehind(place, number);
    crashesOf(place).endNext(REAPER, n);
    const ended = [...(await reapTwice(place))];
    const effects = crashesOf(place).effects().get(REAPER)?.length ?? 0;
    await left.source.until('a cycle that finds nothing', async () => {
      await ageMarks(place);
      ended.push(await reap(place));
      return (await marksLeft(place)) === 0;
    });
    return { ...left, ended, effects };
  } finally {
    await letGo();
  }
}

/** All that must be the same after each round. */
export async function endOfRound(place: Place, { source, stray, ended }: Round) {
  await source.untilSettled();
  await untilNoJobLeft(place, source);
  const isOf = (name: string): boolean => name.includes(`.study-${stray}.`);
  const machines = (await digitalOceanOf(place).droplets()).filter(({ name }) => isOf(name));
  const { items } = await place.stores.events.ofSource(`study:${stray}`, { limit: 100 });
  return {
    failed: ended.filter((status) => status !== 'SUCCEEDED'),
    machines: machines.map(({ status }) => status),
    jobs: (await queued(place.installation)).filter(isOf).length,
    told: items.map(({ entityId, type }) => `${entityId} ${type}`.replaceAll(stray, '<stray>')).sort(),
    batch: await endOf(place, source),
  };
}

/** Where the reaper was ended. */
export const reaperCrashes = (place: Place): readonly Crash[] =>
  crashesOf(place).crashes.filter(({ fn, subject }) => fn === REAPER && subject === undefined);
