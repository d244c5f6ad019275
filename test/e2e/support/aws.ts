import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  type ExecutionListItem,
  type HistoryEvent,
} from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import { s3Objects } from '../../../layers/adapters/aws/objects';
import { stepFunctions } from '../../../layers/adapters/aws/machines';
import { dynamoStores } from '../../../layers/adapters/dynamo/stores';
import { MACHINE_NAMES, type MachineName, type Machines, type ObjectStore } from '../../../layers/core/ports/outside';
import type { Stores } from '../../../layers/core/ports/stores';
import { ACCOUNT, REGION } from '../../world/aws/emulator';
import { until } from '../../world/demo/observe';
import type { Installation } from '../../world/installation/installation';
import { WAIT_SECONDS } from './observe';

/** The deployed stack seen from inside, through the product's own adapters, beside what the SDK tells of its executions. */
export interface Inside {
  readonly stores: Stores;
  readonly objects: ObjectStore;
  readonly machines: Machines;
  executions(machine: MachineName): Promise<readonly ExecutionListItem[]>;
  history(machine: MachineName, name: string): Promise<readonly HistoryEvent[]>;
}

export function inside({ emulator, name, outputs }: Installation): Inside {
  const reach = { endpoint: emulator.endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const sfn = new SFNClient(reach);
  const arnOf = (machine: MachineName, kind = 'stateMachine'): string => `arn:aws:states:${REGION}:${ACCOUNT}:${kind}:${name}-${machine}`;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(reach), { marshallOptions: { removeUndefinedValues: true } });
  return {
    stores: dynamoStores(outputs['TableName'] ?? '', client),
    objects: s3Objects(outputs['BucketName'] ?? '', new S3Client({ ...reach, forcePathStyle: true })),
    machines: stepFunctions(Object.fromEntries(MACHINE_NAMES.map((machine) => [machine, arnOf(machine)])), sfn),
    executions: async (machine) => {
      const found: ExecutionListItem[] = [];
      let nextToken: string | undefined;
      do {
        const page = await sfn.send(new ListExecutionsCommand({ stateMachineArn: arnOf(machine), maxResults: 1_000, nextToken }));
        found.push(...(page.executions ?? []));
        ({ nextToken } = page);
      } while (nextToken !== undefined);
      return found;
    },
    history: async (machine, execution) => {
      const executionArn = `${arnOf(machine, 'execution')}:${execution}`;
      return (await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }))).events ?? [];
    },
  };
}

/** A beat now, instead of up to a minute later; the lease makes one too many harmless. */
export async function beat(installation: Installation): Promise<void> {
  const id = `test-${randomUUID()}`;
  await inside(installation).machines.start('heartbeat', id, { id });
}

/** A beat from its start to its end: what it would have done, it has done. */
export async function beatToEnd(installation: Installation): Promise<void> {
  const id = `test-${randomUUID()}`;
  const { machines } = inside(installation);
  await machines.start('heartbeat', id, { id });
  await until(
    `the end of the beat ${id}`,
    WAIT_SECONDS,
    () => machines.status('heartbeat', id),
    (status) => status !== 'RUNNING',
  );
}

/** The same for the sweeps. */
export async function sweep(installation: Installation): Promise<void> {
  const id = `test-${randomUUID()}`;
  await inside(installation).machines.start('sweep-results', id, { id });
}
