import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import { dynamoStores } from '../layers/adapters/dynamo/stores';
import type { BatchStatus } from '../layers/core/entities';
import type { Counted, InstallationFacts, Stored } from '../layers/core/reaping/leftovers';
import { CliError } from './errors';

const reasonOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
const isMissing = (error: unknown): boolean => error instanceof Error && /does not exist|not exist/i.test(error.message);

/** Whatever cannot be read is told as such: it may be there. */
const orUnknown = <T extends object>(look: Promise<T>): Promise<T | { readonly unknown: string }> =>
  look.catch((error: unknown) => ({ unknown: reasonOf(error) }));
const counted = (names: readonly string[]): Counted => ({ count: names.length, names });

const OPEN: readonly BatchStatus[] = ['planned', 'dispatched', 'running', 'sweeping'];
const MOST_BATCHES = 10_000;

/** Outputs of a stack; undefined where there is none. */
async function outputsOf(client: CloudFormationClient, name: string): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return stack && new Map((stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new CliError(`stack ${name} cannot be read: ${reasonOf(error)}`, 'check AWS credentials and region', 1, { cause: error });
  }
}

async function resourcesOf(client: CloudFormationClient, stack: string): Promise<readonly StackResourceSummary[]> {
  const found: StackResourceSummary[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stack })) found.push(...(page.StackResourceSummaries ?? []));
  return found;
}
const idsOf = (resources: readonly StackResourceSummary[], type: string): readonly string[] =>
  resources.filter(({ ResourceType }) => ResourceType === type).map(({ PhysicalResourceId = '' }) => PhysicalResourceId);

async function runningExecutions(machines: readonly string[]): Promise<Counted> {
  const client = new SFNClient({});
  const names: string[] = [];
  for (const stateMachineArn of machines) {
    for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn, statusFilter: 'RUNNING' })) {
      names.push(...executions.map(({ name = '' }) => `${stateMachineArn.slice(stateMachineArn.lastIndexOf(':') + 1)}/${name}`));
    }
  }
  return counted(names);
}

async function objectsOf(name: string): Promise<Stored> {
  let [count, bytes] = [0, 0];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: new S3Client({}) }, { Bucket: name })) {
    count += Contents.length;
    bytes += Contents.reduce((sum, { Size = 0 }) => sum + Size, 0);
  }
  return { name, count, bytes };
}

async function tableOf(name: string): Promise<Stored> {
  const { Table } = await new DynamoDBClient({}).send(new DescribeTableCommand({ TableName: name }));
  return { name, count: Table?.ItemCount ?? 0, bytes: Table?.TableSizeBytes ?? 0 };
}

async function parametersOf(installation: string): Promise<Counted> {
  const names: string[] = [];
  const input = { Path: `/trawl/${installation}/`, Recursive: true };
  for await (const page of paginateGetParametersByPath({ client: new SSMClient({}) }, input)) {
    names.push(...(page.Parameters ?? []).map(({ Name = '' }) => Name));
  }
  return counted(names);
}

/**
 * What there is of an installation, read with the AWS credentials of whoever asks, as `trawl init` is. Reads only. Works without the stack of functions too, which goes first.
 * @throws CliError when there is no stack of it at all, or CloudFormation cannot be asked
 */
export async function installationFacts(installation: string, now: Date): Promise<InstallationFacts> {
  const client = new CloudFormationClient({});
  const stateless = await outputsOf(client, `${installation}-stateless`);
  const outputs = await outputsOf(client, `${installation}-stateful`);
  if (outputs === undefined) {
    throw new CliError(
      `there is no stack ${installation}-stateful, so nobody knows the names of its table and bucket`,
      'is the name right, and the region? A stack that was destroyed leaves table and bucket: look for them by hand',
    );
  }
  const stores = dynamoStores(outputs.get('TableName') ?? '');
  const resources = stateless === undefined ? [] : await resourcesOf(client, `${installation}-stateless`);
  const [report, workers, batches, executions, parameters, bucket, table] = await Promise.all([
    stores.reaps.report(),
    stores.workers.alive(),
    Promise.all(OPEN.map((status) => stores.batches.withStatus(status, MOST_BATCHES))),
    orUnknown(runningExecutions(idsOf(resources, 'AWS::StepFunctions::StateMachine'))),
    orUnknown(parametersOf(installation)),
    orUnknown(objectsOf(outputs.get('BucketName') ?? '')),
    orUnknown(tableOf(outputs.get('TableName') ?? '')),
  ]);
  const rules = counted(idsOf(resources, 'AWS::Events::Rule'));
  return {
    ...{ installation, now, isDeployed: stateless !== undefined, report, workers, batches: batches.flat() },
    executions,
    rules,
    parameters,
    bucket,
    table,
  };
}
