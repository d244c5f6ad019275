import type { Operation } from '../operation';
import type { Isolate } from '../use-cases/isolate';
import { settleExecution, type SettleExecutionDeps } from '../use-cases/settle-execution';

/**
 * Operations on what is at home that run without an execution: one whose start was lost is started, one whose execution ended unheard is ended. Safe to
 * repeat: starting is idempotent by name, an operation ends once.
 * @returns how many were not as they should be
 */
export async function reconcileTending(deps: SettleExecutionDeps & { readonly isolate: Isolate }): Promise<number> {
  const running = (await deps.stores.operations.running(200)).filter(({ kind }) => kind === 'adopt' || kind === 'verify');
  let repaired = 0;
  for (const operation of running) {
    if ((await deps.isolate(operation.operationId, () => repair(deps, operation))) === true) repaired += 1;
  }
  return repaired;
}

async function repair(deps: SettleExecutionDeps, { operationId, request }: Operation): Promise<boolean> {
  const name = typeof request?.['execution'] === 'string' ? request['execution'] : operationId;
  const status = await deps.machines.status('tend-home', name);
  if (status === 'RUNNING') return false;
  if (status !== undefined) return (await settleExecution(deps, { machine: 'tend-home', name, status })).outcome === 'settled';
  return (await deps.machines.start('tend-home', operationId, { id: operationId, operationId })) === 'started';
}
