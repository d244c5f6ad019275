import type { Deps } from '../use-cases/deps';

/** Never released: whoever takes it has the try, and whoever has tidied has the day. A retry of the same execution takes it again. */
const NAME = 'tidy-installation';
const DAY_SECONDS = 24 * 3600;
/** Longer than every retry of TidyInstallation together: four of a quarter of an hour. An execution that dies is followed after this, not the next day. */
const TRY_SECONDS = 2 * 3600;

type LeaseDeps = Pick<Deps, 'stores' | 'now'>;
const takeFor = ({ stores, now }: LeaseDeps, id: string, seconds: number): Promise<boolean> =>
  stores.leases.take(NAME, id, now().toISOString(), new Date(now().getTime() + seconds * 1000).toISOString());

/** Is this cycle to tidy? Safe to repeat. */
export const beginTidying = (deps: LeaseDeps, id: string): Promise<boolean> => takeFor(deps, id, TRY_SECONDS);
/** It has tidied: the next day is soon enough for the next time. Safe to repeat. */
export const endTidying = (deps: LeaseDeps, id: string): Promise<boolean> => takeFor(deps, id, DAY_SECONDS);
