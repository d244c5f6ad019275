import type { Deps } from './deps';

/** A kick that meets a running tick looks again this often, two seconds apart (`WaitForLease` of the machine). */
const TRIES = 15;

/**
 * Starts a heartbeat now, where waiting for the schedule's next minute would leave a free slot or a fresh plan idle. Idempotent by
 * `cause`, which names what made it worthwhile; the schedule does the same work a minute later if this one is lost.
 * @param cause part of an execution name: at most 70 characters of `[A-Za-z0-9._-]`
 */
export async function kickHeartbeat(deps: Pick<Deps, 'machines'>, cause: string): Promise<void> {
  const id = `kick-${cause}`;
  await deps.machines.start('heartbeat', id, { id, again: TRIES });
}
