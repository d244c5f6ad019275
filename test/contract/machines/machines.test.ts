import { CreateActivityCommand, CreateStateMachineCommand, GetActivityTaskCommand, SFNClient } from '@aws-sdk/client-sfn';
import { setTimeout as delay } from 'node:timers/promises';
import { stepFunctions } from '../../../layers/adapters/aws/machines';
import { memoryMachines } from '../../../layers/adapters/fakes/machines';
import type { Emulator } from '../../world/aws/emulator';
import { ownEmulator, reaching } from '../stores/table';
import { machinesContract, type UnderTest } from './suite';

const START_TIMEOUT_MS = 300_000;
const ROLE = 'arn:aws:iam::000000000000:role/none';

describe('machines in memory', () => {
  const machines = memoryMachines();
  machinesContract(() => ({
    machines,
    waiting: async (name) => `token of ${name}`,
    ended: async (machine, name) => machines.end(machine, name, 'SUCCEEDED'),
  }));
});

/** A machine that waits for an answer and one that just waits; the activity stands for the function that gets the token. */
const underTestOn = async (emulator: Emulator): Promise<UnderTest> => {
  const client = new SFNClient(reaching(emulator));
  const { activityArn = '' } = await client.send(new CreateActivityCommand({ name: 'await-answer' }));
  const machine = async (name: string, state: object): Promise<string> => {
    const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { ...state, End: true } } });
    const { stateMachineArn = '' } = await client.send(new CreateStateMachineCommand({ name, definition, roleArn: ROLE }));
    return stateMachineArn;
  };
  const machines = stepFunctions(
    {
      'process-batch': await machine('process-batch', { Type: 'Task', Resource: activityArn, TimeoutSeconds: 3 }),
      heartbeat: await machine('heartbeat', { Type: 'Wait', Seconds: 3 }),
    },
    client,
  );
  return {
    machines,
    waiting: async () => (await client.send(new GetActivityTaskCommand({ activityArn }))).taskToken ?? '',
    ended: async (machine, name) => {
      while ((await machines.status(machine, name)) === 'RUNNING') await delay(50);
    },
  };
};

describe.each(['ministack', 'localstack'] as const)('machines in Step Functions on %s', (kind) => {
  let underTest: UnderTest | undefined;
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const own = await ownEmulator(kind);
    stop = own.stop;
    underTest = await underTestOn(own.emulator);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await stop?.();
  });

  machinesContract(() => {
    if (underTest === undefined) throw new Error('the emulator did not start');
    return underTest;
  });
});
