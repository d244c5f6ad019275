import type { HomeSpace } from '../records';
import type { Deps } from './deps';

/** A measurement is used again for so long: what arrives meanwhile is far less than what is kept free. */
export const FRESH_SECONDS = 30;
/** One that is older than this says nothing about now. */
export const STALE_SECONDS = 300;

export const ageSeconds = ({ measuredAt }: Pick<HomeSpace, 'measuredAt'>, now: Date): number =>
  (now.getTime() - Date.parse(measuredAt)) / 1000;

/**
 * Free space at home, as measured half a minute ago at most; undefined where the head node does not answer: then nothing is assumed.
 * Keeps what it measured, with its time, for those who show it. Safe to repeat.
 */
export async function homeSpace({ stores, gate, now }: Pick<Deps, 'stores' | 'gate' | 'now'>): Promise<HomeSpace | undefined> {
  const known = await stores.home.get();
  if (known !== undefined && ageSeconds(known, now()) < FRESH_SECONDS) return known;
  const disk = await gate.disk();
  if (disk.outcome !== 'answered') return undefined;
  const { freeBytes, totalBytes, path } = disk.answer;
  const measured = { freeBytes, totalBytes, path, measuredAt: now().toISOString() };
  await stores.home.put(measured);
  return measured;
}
