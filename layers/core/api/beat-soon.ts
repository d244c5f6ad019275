import { kickHeartbeat } from '../use-cases/kick-heartbeat';
import type { ApiDeps } from './api-deps';

type KickDeps = Pick<ApiDeps, 'machines' | 'newId' | 'warn'>;

/** Starts what a schedule would start later anyway: that it cannot is a line of log, and fails no request. */
export async function inTheBackground({ warn }: Pick<KickDeps, 'warn'>, what: string, start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    warn(`${what} was not started: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Starts a beat now, so that nobody waits a minute for the schedule: what was asked for stands in the table, and the next beat finds it.
 * Beats are under a lease, so one too many does no harm.
 */
export async function beatSoon(deps: KickDeps): Promise<void> {
  const id = `ask-${deps.newId()}`;
  await inTheBackground(deps, `heartbeat ${id}`, () => kickHeartbeat(deps, id));
}
