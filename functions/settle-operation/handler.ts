import { z } from 'zod';
import { OperationId } from '../../layers/core/operation';
import type { Deps } from '../../layers/core/use-cases/deps';
import { settleOperation } from '../../layers/core/use-cases/settle-operation';

/** The operation, and the failure that ended its work early, as Step Functions tells it. */
export const Input = z.object({
  operationId: OperationId,
  failure: z.looseObject({ Error: z.string().optional(), Cause: z.string().optional() }).optional(),
});
export type Input = z.infer<typeof Input>;

/** Ends an operation, of whatever kind, well or badly. Safe to repeat: it ends once, and what was written first stands. */
export const settleOperationHandler =
  (deps: Pick<Deps, 'stores' | 'now'>) =>
  ({ operationId, failure }: Input): Promise<{ readonly outcome: 'settled' | 'stale' }> =>
    settleOperation(deps, operationId, failure && { error: failure.Error ?? 'unknown error', cause: failure.Cause ?? '' });
