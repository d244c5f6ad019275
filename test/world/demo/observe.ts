import { z } from 'zod';
import { ShowAnswer, StatusAnswer, EventsAnswer } from '../../../cli/schemas';
import { trawlJson, type Access } from '../installation/trawl-cli';

export const show = async (access: Access, sourceId: string): Promise<ShowAnswer> =>
  ShowAnswer.parse(await trawlJson(access, ['show', sourceId]));
export const status = async (access: Access): Promise<z.infer<typeof StatusAnswer>> =>
  StatusAnswer.parse(await trawlJson(access, ['status']));
export const events = async (access: Access, sourceId: string): Promise<z.infer<typeof EventsAnswer>['items']> =>
  EventsAnswer.parse(await trawlJson(access, ['log', sourceId, '--limit', '1000'])).items;

/** All its runs are settled, and a person has nothing to wait for. */
export const isSettled = ({ source }: ShowAnswer): boolean =>
  source.phase === 'idle' && (['complete', 'warning', 'error'].includes(source.lastRunStatus) || source.needsAttention !== undefined);

/** Asks every half second until `done`; `deadline` bounds a run that hangs and is no measure of anything. */
export async function until<T>(what: string, timeoutSeconds: number, ask: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + timeoutSeconds * 1_000;
  for (;;) {
    const value = await ask();
    if (done(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`${what} did not come within ${timeoutSeconds} s; last seen: ${JSON.stringify(value).slice(0, 2_000)}`);
    await new Promise((wake) => setTimeout(wake, 500));
  }
}
