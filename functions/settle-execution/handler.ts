import { z } from 'zod';
import { MACHINE_NAMES } from '../../layers/core/ports/outside';
import {
  ABNORMAL_ENDS,
  settleExecution,
  type SettledExecution,
  type SettleExecutionDeps,
} from '../../layers/core/use-cases/settle-execution';

/** EventBridge: "Step Functions Execution Status Change". */
export const Input = z.object({
  detail: z.object({ status: z.string(), name: z.string(), stateMachineArn: z.string(), executionArn: z.string() }),
});
export type Input = z.infer<typeof Input>;

/** Settles what an execution left that did not end by itself. Safe to repeat: see `settleExecution`. */
export const settleExecutionHandler =
  (deps: SettleExecutionDeps) =>
  async ({ detail }: Input): Promise<SettledExecution> => {
    const machine = MACHINE_NAMES.find(
      (name) => detail.stateMachineArn.endsWith(`-${name}`) || detail.stateMachineArn.endsWith(`:${name}`),
    );
    const status = ABNORMAL_ENDS.find((known) => known === detail.status);
    return machine && status ? settleExecution(deps, { machine, name: detail.name, status }) : { outcome: 'nothing' };
  };
