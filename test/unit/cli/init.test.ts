import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import {
  DynamoDBDocumentClient,
  GetCommand,
  TransactWriteCommand,
  type GetCommandInput,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { revokedKey } from '../../../layers/adapters/bridge/revoked-key';
import { tokenHashOf } from '../../../layers/core/callbacks/keys';
import { trawl } from './installation';

const stacks = mockClient(CloudFormationClient);
const parameters = mockClient(SSMClient);
const table = mockClient(DynamoDBDocumentClient);
const kept = new Map<string, string>();
const items = new Map<string, Readonly<Record<string, unknown>>>();
const environment = { ...process.env };

const placeOf = (key: Readonly<Record<string, unknown>> = {}): string => `${String(key['pk'])} ${String(key['sk'])}`;
const tokensThatOpen = (): unknown[] =>
  [...items.values()].filter((item) => item['__edb_e__'] === 'token').map((item) => item['tokenHash']);

function deployed(outputs: Readonly<Record<string, string>>): void {
  const all = { TableName: 't', BucketName: 'b', ApiUrl: 'https://api.test/v1/', ...outputs };
  const Outputs = Object.entries(all).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
  stacks
    .on(DescribeStacksCommand)
    .resolves({ Stacks: [{ StackName: 'lab', CreationTime: new Date(), StackStatus: 'CREATE_COMPLETE', Outputs }] });
}

const init = async (): Promise<unknown> => JSON.parse((await trawl('init', '--installation', 'lab', '--json')).stdout);

beforeAll(() => {
  Object.assign(process.env, { AWS_REGION: 'eu-west-2', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' });
});
beforeEach(() => {
  kept.clear();
  items.clear();
  table.on(GetCommand).callsFake(async ({ Key }: GetCommandInput) => ({ Item: items.get(placeOf(Key)) }));
  // Conditions are for the stores' contract.
  table.on(TransactWriteCommand).callsFake(async ({ TransactItems = [] }: TransactWriteCommandInput) => {
    for (const { Delete } of TransactItems) items.delete(placeOf(Delete?.Key));
    for (const { Put } of TransactItems) if (Put?.Item) items.set(placeOf(Put.Item), Put.Item);
    return {};
  });
  parameters.on(GetParameterCommand).callsFake(({ Name }: { Name: string }) => {
    if (!kept.has(Name)) throw new ParameterNotFound({ message: 'none', $metadata: {} });
    return { Parameter: { Value: kept.get(Name) } };
  });
  parameters.on(PutParameterCommand).callsFake(({ Name, Value }: { Name: string; Value: string }) => void kept.set(Name, Value));
});
afterAll(() => {
  process.env = { ...environment };
});

test('over SSH a key is made once, and its public line told each time', async () => {
  deployed({ ClusterTransport: 'ssh' });
  const made = await init();
  expect(made).toMatchObject({ publicKey: expect.stringMatching(/^ssh-ed25519 \S+ trawl-lab$/) as string, url: 'https://api.test/v1' });
  expect(await init()).toEqual(made);
});

test('over Systems Manager there is no key', async () => {
  deployed({ ClusterTransport: 'ssm' });
  expect(await init()).toMatchObject({ publicKey: null });
  expect([...kept.keys()].sort()).toEqual(['/trawl/lab/base-url', '/trawl/lab/master', '/trawl/lab/operator-token']);
});

test('a key that was revoked stays so', async () => {
  deployed({ ClusterTransport: 'ssh' });
  const mark = revokedKey(new Date(0));
  kept.set('/trawl/lab/ssh-key', mark);
  expect(await init()).toMatchObject({ publicKey: null });
  expect(kept.get('/trawl/lab/ssh-key')).toBe(mark);
});

test('a file for the token that cannot be read is wrong usage, and nothing is written', async () => {
  const ended = await trawl('init', '--installation', 'lab', '--digitalocean-token-file', '/nowhere/token');
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringMatching(/the token cannot be read: .*ENOENT/) as string });
  expect(kept.size).toBe(0);
});

test('a new token for the first operator: the old one opens nothing, nothing else of the installation changes', async () => {
  deployed({});
  const { token: old } = JSON.parse(
    (await trawl('init', '--installation', 'lab', '--base-url', 'https://own.test', '--json')).stdout,
  ) as Record<'token', string>;
  expect(tokensThatOpen()).toEqual([tokenHashOf(old)]);
  const others = (): unknown => [...kept].filter(([name]) => name !== '/trawl/lab/operator-token');
  const before = others();
  const folder = mkdtempSync(join(tmpdir(), 'trawl-rotate-'));
  try {
    const { code, stdout } = await trawl('token', 'rotate-first', '--installation', 'lab', '--save-to', folder, '--json');
    const token = kept.get('/trawl/lab/operator-token') ?? '';
    expect(token).not.toBe(old);
    expect([code, JSON.parse(stdout)]).toEqual([0, { installation: 'lab', url: 'https://own.test', token }]);
    expect(JSON.parse(readFileSync(join(folder, 'cli.json'), 'utf8'))).toEqual({ url: 'https://own.test', token });
    expect(tokensThatOpen()).toEqual([tokenHashOf(token)]);
    expect(others()).toEqual(before);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('before init there is no token to replace', async () => {
  deployed({});
  expect(await trawl('token', 'rotate-first', '--installation', 'lab')).toMatchObject({
    ...{ code: 1, stdout: '' },
    stderr: expect.stringContaining('→ trawl init --installation NAME') as string,
  });
  expect([kept.size, items.size]).toEqual([0, 0]);
});
