import { CloudFormationClient, DescribeStacksCommand, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { containing } from '../matchers';
import { trawl } from './installation';

const [stacks, table, documents, s3, sfn, ssm] = [
  mockClient(CloudFormationClient),
  mockClient(DynamoDBClient),
  mockClient(DynamoDBDocumentClient),
  mockClient(S3Client),
  mockClient(SFNClient),
  mockClient(SSMClient),
];
const MACHINE = 'arn:aws:states:eu-west-2:1:stateMachine:lab-process-batch';
const NO_STACK = Object.assign(new Error('Stack with id lab-stateless does not exist'), { name: 'ValidationError' });
const environment = { ...process.env };
beforeEach(() => {
  Object.assign(process.env, { AWS_REGION: 'eu-west-2', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' });
  [stacks, table, documents, s3, sfn, ssm].forEach((mock) => mock.reset());
  const outputs = [
    { OutputKey: 'TableName', OutputValue: 'lab-table' },
    { OutputKey: 'BucketName', OutputValue: 'lab-bucket' },
  ];
  stacks.on(DescribeStacksCommand, { StackName: 'lab-stateful' }).resolves({ Stacks: [{ Outputs: outputs } as never] });
  stacks.on(DescribeStacksCommand, { StackName: 'lab-stateless' }).rejects(NO_STACK);
  table.on(DescribeTableCommand).resolves({ Table: { ItemCount: 12, TableSizeBytes: 345 } });
  documents.on(QueryCommand).resolves({ Items: [] });
  documents.on(GetCommand).resolves({});
  s3.on(ListObjectsV2Command).resolves({ Contents: [{ Size: 7 }, { Size: 8 }] });
  ssm.on(GetParametersByPathCommand).resolves({ Parameters: [{ Name: '/trawl/lab/master', Value: 'secret' }] });
});
afterEach(() => {
  process.env = { ...environment };
});

const deployed = (): void => {
  stacks.on(DescribeStacksCommand, { StackName: 'lab-stateless' }).resolves({ Stacks: [{ Outputs: [] } as never] });
  const resource = (ResourceType: string, PhysicalResourceId: string) => ({ ResourceType, PhysicalResourceId }) as never;
  stacks.on(ListStackResourcesCommand).resolves({
    StackResourceSummaries: [resource('AWS::StepFunctions::StateMachine', MACHINE), resource('AWS::Events::Rule', 'lab-Heartbeat')],
  });
  sfn.on(ListExecutionsCommand).resolves({ executions: [{ name: 'study-PRJEB1.1.1.a1' } as never] });
};
const reportOf = (at: string) => {
  const empty = { marks: [], acted: [], recovered: [], errors: [], leftOut: 0 };
  const item = { id: 'one', at, listed: [{ place: 'provider/droplet', alive: 0, keys: [] }], ...empty };
  documents.on(GetCommand).resolves({ Item: { ...item, __edb_e__: 'reapReport', __edb_v__: '1', place: 'last' } });
};

test('an installation that runs is listed, with what to do, and the command ends 1', async () => {
  deployed();
  reportOf(new Date().toISOString());
  const { code, stdout, stderr } = await trawl('uninstall', '--check', '--installation', 'lab');
  expect(code).toBe(1);
  for (const part of [
    'machines at droplet',
    'lab-process-batch/study-PRJEB1.1.1.a1',
    'lab-Heartbeat',
    'npx cdk destroy lab-stateless',
    'lab-bucket: 2 objects, 15 bytes',
    'about 12 items',
  ])
    expect(stdout).toContain(part);
  expect(stderr).toContain('goes on costing');
});

test('one whose functions are gone and where nothing lives is over, by its last look; no secret is shown', async () => {
  reportOf('2026-01-01T00:00:00.000Z');
  const { code, stdout } = await trawl('uninstall', '--check', '--installation', 'lab', '--json');
  expect(code).toBe(0);
  const answer = JSON.parse(stdout) as { over: boolean; leftovers: readonly { what: string; state: string }[] };
  expect(answer).toMatchObject({ installation: 'lab', over: true });
  expect(answer.leftovers.map(({ what, state }) => `${what}: ${state}`)).toEqual([
    'machines at droplet: none',
    ...['workers held: none', 'workers alive: none', 'batches open: none', 'executions running: none', 'schedules: none'],
    ...['SSM parameters: stored', 'table: stored', 'bucket: stored'],
  ]);
  expect(stdout).not.toContain('secret');
});

test('what may not be read is unknown, and ends 1', async () => {
  reportOf('2026-01-01T00:00:00.000Z');
  s3.on(ListObjectsV2Command).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));
  const { code, stdout } = await trawl('uninstall', '--check', '--installation', 'lab');
  expect([code, stdout]).toEqual([1, containing('AccessDenied: no')]);
});

test('without --check nothing is done, and an installation that is not there is named', async () => {
  expect(await trawl('uninstall', '--installation', 'lab')).toMatchObject({ code: 2, stderr: containing('nothing was removed') });
  expect(await trawl('uninstall', '--check')).toMatchObject({ code: 2, stderr: containing('--installation') });
  stacks.on(DescribeStacksCommand, { StackName: 'lab-stateful' }).rejects(NO_STACK);
  expect(await trawl('uninstall', '--check', '--installation', 'lab')).toMatchObject({ code: 1, stderr: containing('lab-stateful') });
});
