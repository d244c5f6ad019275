import { CreateTableCommand, DynamoDBClient, type KeySchemaElement } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TABLE } from '../../../layers/adapters/dynamo/table-definition';
import { REGION, type Emulator, type EmulatorKind } from '../../world/aws/emulator';
import { startKind } from '../../world/aws/start';

/** An emulator of its own for one file of tests, in a folder that goes with it. */
export const ownEmulator = async (kind: EmulatorKind): Promise<{ readonly emulator: Emulator; readonly stop: () => Promise<void> }> => {
  const stateDir = mkdtempSync(join(tmpdir(), 'trawl-contract-'));
  const emulator = await startKind(kind, { stateDir });
  const stop = async (): Promise<void> => {
    await emulator.stop();
    rmSync(stateDir, { recursive: true, force: true });
  };
  return { emulator, stop };
};

/** How a client of the SDK reaches it. */
export const reaching = ({ endpoint }: Emulator) =>
  ({ endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }) as const;

const keys = (pk: string, sk: string): KeySchemaElement[] => [
  { AttributeName: pk, KeyType: 'HASH' },
  { AttributeName: sk, KeyType: 'RANGE' },
];

/** The table as infrastructure makes it, from the same definition. */
export const createTable = async (emulator: Emulator, name: string): Promise<DynamoDBDocumentClient> => {
  const client = new DynamoDBClient(reaching(emulator));
  const names = [TABLE.pk, TABLE.sk, ...TABLE.indexes.flatMap((index) => [index.pk, index.sk])];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys(TABLE.pk, TABLE.sk),
      GlobalSecondaryIndexes: TABLE.indexes.map((index) => ({
        IndexName: index.name,
        KeySchema: keys(index.pk, index.sk),
        Projection: { ProjectionType: 'ALL' },
      })),
    }),
  );
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
};
