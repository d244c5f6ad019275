import { ConditionalCheckFailedException, DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  UpdateCommand,
  TransactWriteCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { dynamoStores } from '../../../layers/adapters/dynamo/stores';
import { fetchKeyOf } from '../../../layers/core/ids';
import { claim, event, outcome, source } from '../../contract/stores/samples';

const table = mockClient(DynamoDBDocumentClient);
const stores = dynamoStores('trawl', DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'eu-west-2' })));
beforeEach(() => {
  table.reset();
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});
const canceled = (...codes: readonly string[]): TransactionCanceledException =>
  new TransactionCanceledException({ message: 'canceled', $metadata: {}, CancellationReasons: codes.map((Code) => ({ Code })) });
/** Runs to its end with every wait passed over. */
const settled = async <T>(promise: Promise<T>): Promise<T> => {
  const done = promise.finally(() => undefined);
  done.catch(() => undefined);
  await jest.advanceTimersByTimeAsync(30_000);
  return done;
};
const item = source('study:PRJEB1');
const add = () => settled(stores.sources.add(item, event(item.sourceId, 'source-added')));

test('another writer at the same moment is no conflict: the transaction is put again', async () => {
  table
    .on(TransactWriteCommand)
    .rejectsOnce(canceled('TransactionConflict', 'None'))
    .rejectsOnce(canceled('None', 'ThrottlingError'))
    .resolves({});
  await expect(add()).resolves.toEqual({ outcome: 'written', item });
  expect(table.commandCalls(TransactWriteCommand)).toHaveLength(3);
});

test('a condition that failed is a conflict, also beside another writer', async () => {
  table.on(TransactWriteCommand).rejects(canceled('ConditionalCheckFailed', 'TransactionConflict'));
  await expect(add()).resolves.toEqual({ outcome: 'conflict' });
  expect(table.commandCalls(TransactWriteCommand)).toHaveLength(1);
});

test('a table that never judges is said to be busy, in the end', async () => {
  table.on(TransactWriteCommand).rejects(canceled('TransactionConflict', 'None'));
  await expect(add()).rejects.toMatchObject({ name: 'StoreBusyError', fault: 'throttled' });
});

test('a fault that is no cancellation is thrown', async () => {
  table.on(TransactWriteCommand).rejects(Object.assign(new Error('no'), { name: 'ResourceNotFoundException' }));
  await expect(add()).rejects.toThrow();
  await expect(settled(stores.claims.claim([claim('k', 'one')]))).rejects.toThrow();
});

test('a record that is not as its schema says is an error, not a value', async () => {
  table.on(GetCommand).resolves({ Item: { ...item, shard: '1', phase: 'dreaming', __edb_e__: 'source', __edb_v__: '1' } });
  await expect(settled(stores.sources.get(item.sourceId))).rejects.toMatchObject({ name: 'ZodError' });
});

test('a record with an attribute of a later version is read without it', async () => {
  table.on(GetCommand).resolves({ Item: { ...item, later: true, __edb_e__: 'source', __edb_v__: '1' } });
  await expect(settled(stores.sources.get(item.sourceId))).resolves.toEqual(item);
});

/** A new one each time: ElectroDB marks those that it has seen. */
const refuse = (): never => {
  throw new ConditionalCheckFailedException({ message: 'refused', $metadata: {} });
};

test('an outcome goes also where its claim comes or goes between two writes', async () => {
  table.on(DeleteCommand).callsFakeOnce(refuse).resolves({});
  table.on(UpdateCommand).callsFake(refuse);
  await settled(stores.outcomes.remove(['k']));
  expect(table.commandCalls(DeleteCommand)).toHaveLength(2);
});

test('an outcome that could not be forgotten is not called forgotten', async () => {
  table.on(DeleteCommand).callsFake(refuse);
  table.on(UpdateCommand).callsFake(refuse);
  await expect(settled(stores.outcomes.remove(['k']))).rejects.toMatchObject({ name: 'ContendedError', fault: 'transient' });
});

/** DynamoDB counts the names and the text of the values; a number takes about half its digits and one byte. */
const bytesOf = (stored: object): number =>
  Object.entries(stored).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(String(value)), 0);

test('an outcome with a long reason takes at most 400 bytes and stands in no index', async () => {
  table.on(UpdateCommand).resolves({});
  const fetchKey = fetchKeyOf('ERR12345678', 'a'.repeat(64), 'fetch', '0123456789ab');
  const longest = outcome(fetchKey, 'complete', { reason: 'r'.repeat(60), batchId: 'study-PRJEB123456.12.345', bytes: 123_456_789_012 });
  await settled(stores.outcomes.put([longest]));
  const input: Partial<UpdateCommandInput> = table.commandCalls(UpdateCommand)[0]?.args[0].input ?? {};
  const { UpdateExpression, Key, ExpressionAttributeNames: names, ExpressionAttributeValues: words } = input;
  const set = [...(/^SET (.+?)(?: REMOVE|$)/.exec(UpdateExpression ?? '')?.[1] ?? '').matchAll(/(#\S+) = (:\w+)/g)];
  const values = set.map(([, name = '', value = '']) => [names?.[name] ?? '', words?.[value] as unknown] as const);
  expect(values.length).toBeGreaterThanOrEqual(6);
  const stored = { ...Key, ...Object.fromEntries(values) };
  expect(bytesOf(stored)).toBeLessThanOrEqual(400);
  expect(Object.keys(stored)).not.toContain('gsi1pk');
});
