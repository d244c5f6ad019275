import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { revokedKey } from '../../../layers/adapters/bridge/revoked-key';
import { trawl } from './installation';

const stacks = mockClient(CloudFormationClient);
const parameters = mockClient(SSMClient);
const table = mockClient(DynamoDBDocumentClient);
const kept = new Map<string, string>();
const environment = { ...process.env };

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
  table.on(PutCommand).resolves({});
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
