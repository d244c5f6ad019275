import { z } from 'zod';
import { exportRuns, type ExportDeps } from '../../layers/core/discovery/export-runs';
import { ExportOrder } from '../../layers/core/discovery/exports';
import { OperationId } from '../../layers/core/operation';
import type { Deps } from '../../layers/core/use-cases/deps';
import { endOperation } from '../../layers/core/use-cases/operations';
import { counted } from '../../layers/core/words';

export const Input = z.object({ operationId: OperationId });
export type Input = z.infer<typeof Input>;

/**
 * Writes what an export operation asks for and ends the operation. Safe to repeat: it replaces the operation's own object, and an
 * operation that has ended is left as it is.
 */
export const exportRunsHandler =
  (deps: ExportDeps & Pick<Deps, 'stores' | 'now'>) =>
  async ({ operationId }: Input): Promise<{ readonly outcome: 'exported' | 'refused' | 'stale' }> => {
    const operation = await deps.stores.operations.get(operationId);
    if (operation?.status !== 'running') return { outcome: 'stale' };
    const order = ExportOrder.parse(operation.request);
    const exported = await exportRuns(deps, operationId, order);
    if (exported.outcome === 'refused') {
      await endOperation(deps, operationId, 'fail', { detail: exported.detail });
      return { outcome: 'refused' };
    }
    const { result } = exported;
    const detail = `${counted(result.rows, 'run')} of ${order.sourceId} as ${order.format}, as of cycle ${result.cycle}`;
    await endOperation(deps, operationId, 'finish', { detail, result });
    return { outcome: 'exported' };
  };
