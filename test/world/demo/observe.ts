import type { z } from 'zod';
import { apiClient } from '../../../cli/client';
import { sourcePath } from '../../../cli/commands/arguments';
import { EventsAnswer, ShowAnswer, StatusAnswer } from '../../../cli/schemas';
import type { Access } from '../installation/trawl-cli';

type Events = EventsAnswer['items'];

// Asked over and over by those who wait: over the API as the CLI asks it, but without a process for each look.
export const show = (access: Access, sourceId: string): Promise<ShowAnswer> => apiClient(access).get(sourcePath(sourceId), ShowAnswer);
export const status = (access: Access): Promise<z.infer<typeof StatusAnswer>> => apiClient(access).get('/status', StatusAnswer);
export const events = async (access: Access, sourceId: string): Promise<Events> =>
  (await apiClient(access).pages<Events[number], EventsAnswer>(`${sourcePath(sourceId)}/events`, 1_000, EventsAnswer)).items;

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
