import type { Operation, OperationKind } from '../operation';
import type { MachineName } from '../ports/outside';
import type { Deps } from './deps';
import type { Isolate } from './isolate';
import { endOperation } from './operations';

type SettleDeps = Pick<Deps, 'stores' | 'now'>;

/** The machine that works for each kind; its executions carry the operation's id as their name and take it as `{operationId}`. */
export const OPERATION_MACHINES: Readonly<Partial<Record<OperationKind, MachineName>>> = {
  'add-sources': 'add-sources',
  export: 'export-runs',
};

/** A failed function's cause is JSON with its message. */
const messageOf = (cause: string): string => /"errorMessage"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(cause)?.[1] ?? cause;

/** Ends an operation after its last step, or after the failure that kept it from that. What was done until then stays done. */
export async function settleOperation(
  deps: SettleDeps,
  operationId: string,
  failure?: { readonly error: string; readonly cause: string },
): Promise<{ readonly outcome: 'settled' | 'stale' }> {
  if (failure === undefined) return ended(await endOperation(deps, operationId, 'finish', {}));
  const { detail: before } = (await deps.stores.operations.get(operationId)) ?? {};
  const words = `${messageOf(failure.cause) || failure.error}${before === undefined ? '' : ` (${before})`}`;
  return ended(await endOperation(deps, operationId, 'fail', { detail: words.slice(0, 1000) }));
}

const ended = ({ outcome }: { readonly outcome: 'written' | 'conflict' }): { readonly outcome: 'settled' | 'stale' } => ({
  outcome: outcome === 'written' ? 'settled' : 'stale',
});

/** Running operations looked at in one tick. */
const LOOK_AT = 100;
/** An execution may be on its way for so long, or end without having told yet. */
const UNSETTLED_SECONDS = 300;
const LOST_SECONDS = 30;

/**
 * Starts executions of operations whose start was lost, and ends those whose execution ended unheard. Safe to repeat: a name starts once,
 * an operation ends once.
 * @returns operations that were started again or ended
 */
export async function reconcileOperations(deps: SettleDeps & Pick<Deps, 'machines'> & { readonly isolate: Isolate }): Promise<number> {
  let repaired = 0;
  for (const operation of await deps.stores.operations.running(LOOK_AT)) {
    if ((await deps.isolate(operation.operationId, () => repair(deps, operation))) === true) repaired += 1;
  }
  return repaired;
}

async function repair(deps: SettleDeps & Pick<Deps, 'machines'>, { operationId, kind, startedAt }: Operation): Promise<boolean> {
  const machine = OPERATION_MACHINES[kind];
  const ageSeconds = (deps.now().getTime() - Date.parse(startedAt)) / 1000;
  if (machine === undefined || ageSeconds < LOST_SECONDS) return false;
  const status = await deps.machines.status(machine, operationId);
  if (status === undefined) return (await deps.machines.start(machine, operationId, { operationId })) === 'started';
  if (status === 'RUNNING' || ageSeconds < UNSETTLED_SECONDS) return false;
  const cause = `the execution ended ${status} without a word`;
  return (await settleOperation(deps, operationId, { error: status, cause })).outcome === 'settled';
}
