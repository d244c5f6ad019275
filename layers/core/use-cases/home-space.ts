import type { HomeSpace } from '../records';
import type { Deps } from './deps';

/** A measurement is used again for so long: what arrives meanwhile is far less than what is kept free. */
export const FRESH_SECONDS = 30;
/** One that is older than this says nothing about now. */
export const STALE_SECONDS = 300;

export const ageSeconds = ({ measuredAt }: Pick<HomeSpace, 'measuredAt'>, now: Date): number =>
  (now.getTime() - Date.parse(measuredAt)) / 1000;

/** `away`: why the head node did not tell. */
export type Measured = { readonly home: HomeSpace } | { readonly home?: undefined; readonly away: string };

/**
 * Free space at home, as measured half a minute ago at most; where the head node does not answer nothing is assumed.
 * Keeps what it measured, with its time, for those who show it. Safe to repeat.
 */
export async function homeSpace({ stores, gate, now }: Pick<Deps, 'stores' | 'gate' | 'now'>): Promise<Measured> {
  const known = await stores.home.get();
  if (known !== undefined && ageSeconds(known, now()) < FRESH_SECONDS) return { home: known };
  const disk = await gate.disk();
  if (disk.outcome !== 'answered') return { away: disk.detail };
  const { freeBytes, totalBytes, path } = disk.answer;
  const measured = { freeBytes, totalBytes, path, measuredAt: now().toISOString() };
  await stores.home.put(measured);
  return { home: measured };
}
