import { nextStatus } from '../lifecycle/table';
import type { EventOf } from '../lifecycle/types';
import { operationIdOf, type Operation, type OperationKind } from '../operation';
import type { NewId } from '../ports/outside';
import type { Written } from '../ports/stores';
import type { Deps } from './deps';

type OperationDeps = Pick<Deps, 'stores' | 'now'>;
/** What is asked for, by whom. */
export type Asked = Pick<Operation, 'actor' | 'detail' | 'request'>;

/** Writes the intent: an operation that runs. Its execution is started under the same id, by the caller or later by the heartbeat. */
export async function beginOperation(
  deps: OperationDeps & { readonly newId: NewId },
  kind: OperationKind,
  asked: Asked,
): Promise<Operation> {
  const now = deps.now();
  const operationId = operationIdOf(kind, now, deps.newId());
  const operation: Operation = { operationId, kind, status: 'running', startedAt: now.toISOString(), ...asked };
  const added = await deps.stores.operations.add(operation);
  // The same id: the same milliseconds and the same suffix. It is another's, and is answered as it stands.
  return added.item ?? operation;
}

/**
 * Ends an operation along the table. Safe to repeat: the second time it is a conflict, and what the first wrote stands.
 * @param came `detail` replaces that of the start
 */
export async function endOperation(
  deps: OperationDeps,
  operationId: string,
  event: EventOf<'operation'>,
  came: Pick<Operation, 'detail' | 'result'>,
): Promise<Written<Operation>> {
  const item = await deps.stores.operations.get(operationId);
  if (item === undefined) return { outcome: 'conflict' };
  const context = { item, now: deps.now() };
  const next = nextStatus('operation', item.status, event, context);
  if (next.outcome === 'refused') return { outcome: 'conflict', item };
  const set = Object.assign({}, ...next.effects.map((effect) => effect.set?.(context) ?? {}), came) as Partial<Operation>;
  return deps.stores.operations.change(operationId, { from: item.status, set: { ...set, status: next.to } });
}

/** How far it is. Safe to repeat; an operation that has ended stays as it is. */
export async function noteProgress(deps: Pick<Deps, 'stores'>, operationId: string, done: number, total: number): Promise<void> {
  await deps.stores.operations.change(operationId, { from: 'running', set: { progress: { done, total } } });
}
