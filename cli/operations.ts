import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Operation } from '../layers/core/operation';
import type { Client } from './client';
import { CliError } from './errors';
import { withProgress } from './progress';

/** An operation as the API shows it. */
export const OperationLine = z.looseObject(Operation.shape);
export type OperationLine = z.infer<typeof OperationLine>;
export const OperationAnswer = z.looseObject({ operation: OperationLine });

const FIRST_PAUSE_MILLISECONDS = 200;
const LONGEST_PAUSE_MILLISECONDS = 3_000;

/** How far it is: `3 of 10`, or its status. */
export const progressOf = ({ status, progress }: OperationLine): string =>
  status === 'running' && progress !== undefined ? `${progress.done} of ${progress.total}` : status;

/**
 * Waits for the end of an operation and says on standard error how far it is. Ending the command ends the waiting alone.
 * @throws CliError with the operation's own words, exit code 1, when it failed
 */
export async function waitForOperation(client: Pick<Client, 'get'>, operationId: string): Promise<OperationLine> {
  let state = 'running';
  const end = async (): Promise<OperationLine> => {
    for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(LONGEST_PAUSE_MILLISECONDS, pause * 1.5)) {
      const { operation } = await client.get(`/operations/${operationId}`, OperationAnswer);
      if (operation.status !== 'running') return operation;
      state = progressOf(operation);
      await delay(pause);
    }
  };
  const operation = await withProgress(() => `operation ${operationId}: ${state}`, end());
  if (operation.status === 'failed') throw failed(operation);
  return operation;
}

export const failed = ({ operationId, detail }: OperationLine): CliError =>
  new CliError(`operation ${operationId} failed: ${detail ?? 'it does not say why'}`, 'mend the cause and repeat the command');
