import {
  DescribeExecutionCommand,
  paginateListExecutions,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { MachineName, Machines } from '../../core/ports/outside';
import { MachineUnknownError } from '../../core/errors';
import { sfnClient } from './clients';

/** What AWS and the emulators say of a token that waits no longer: timed out, its execution ended, answered before, never issued. */
const EXPIRED: ReadonlySet<string> = new Set(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken']);
const STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

const answer = async (client: SFNClient, token: string, output: Readonly<Record<string, unknown>>): Promise<'answered' | 'expired'> => {
  try {
    await client.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(output) }));
    return 'answered';
  } catch (error) {
    if (EXPIRED.has(nameOf(error))) return 'expired';
    throw error;
  }
};

async function running(client: SFNClient, stateMachineArn: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn, statusFilter: 'RUNNING' })) {
    names.push(...executions.flatMap(({ name }) => (name === undefined ? [] : [name])));
  }
  return names;
}

/**
 * Executions of the installation's machines. Starting twice is safe by name, answering twice by the token, stopping twice by the
 * execution's end.
 * @param arns state machine ARN by name; a function that starts nothing needs none
 */
export const stepFunctions = (arns: Readonly<Record<string, string>>, client: SFNClient = sfnClient()): Machines => {
  const arnOf = (machine: MachineName): string => {
    const arn = arns[machine];
    if (arn === undefined) throw new MachineUnknownError(machine);
    return arn;
  };
  const executionArn = (machine: MachineName, name: string): string => `${arnOf(machine).replace(':stateMachine:', ':execution:')}:${name}`;
  return {
    start: async (machine, name, input) => {
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn: arnOf(machine), name, input: JSON.stringify(input) }));
        return 'started';
      } catch (error) {
        if (nameOf(error) === 'ExecutionAlreadyExists') return 'already';
        throw error;
      }
    },
    answer: (token, output) => answer(client, token, output),
    status: async (machine, name) => {
      try {
        const { status } = await client.send(new DescribeExecutionCommand({ executionArn: executionArn(machine, name) }));
        return STATUSES.find((known) => known === status) ?? 'RUNNING';
      } catch (error) {
        if (nameOf(error) === 'ExecutionDoesNotExist') return undefined;
        throw error;
      }
    },
    running: (machine) => running(client, arnOf(machine)),
    stop: async (machine, name, cause) => {
      try {
        await client.send(
          new StopExecutionCommand({ executionArn: executionArn(machine, name), error: 'Stopped', cause: cause.slice(0, 1000) }),
        );
      } catch (error) {
        if (nameOf(error) !== 'ExecutionDoesNotExist') throw error;
      }
    },
  };
};
