import { Aws } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { MachineName } from '../layers/core/ports/outside';
import { TABLE, TOKEN_KEY_PREFIXES } from '../layers/adapters/dynamo/table-definition';
import type { Config } from './config';
import { acknowledge } from './constructs/acknowledge';
import { executionArns, gateDocumentArn, machineArn, nodeArn, parameterArn, type SecretName } from './names';

/** What one function may touch; nothing that is not named here. */
export interface Grants {
  readonly table?: 'read' | 'write';
  /** May make and revoke what opens the API. Without it no token can be written, whatever else of the table is. */
  readonly tokens?: true;
  /** Key prefixes of the bucket, each ending in `/`. */
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  /** Of a versioned bucket: what is removed can be brought back for as long as its versions are kept. */
  readonly removes?: readonly string[];
  readonly secrets?: readonly SecretName[];
  /** May ask the gate, over the transport of the installation. */
  readonly bridge?: true;
  readonly starts?: readonly MachineName[];
  /** Machines whose running executions it may list. */
  readonly lists?: readonly MachineName[];
  /** May list the published versions of the installation's functions and remove single ones, never a function. */
  readonly removesVersions?: boolean;
  /** May answer waiting executions (SendTaskSuccess takes no resource narrower than the machine). */
  readonly answers?: boolean;
}

export interface GrantContext {
  readonly installation: string;
  readonly table: TableV2;
  readonly bucket: Bucket;
  readonly cluster: Pick<Config['cluster'], 'transport' | 'host'>;
  /** Physical names of all functions. */
  readonly functions: readonly string[];
}

const TABLE_READ = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:ConditionCheckItem'];
const TABLE_CHANGE = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
/** In a policy's text `$` may begin a variable; this one stands for it. */
const DOLLAR = '${$}';

function grantTable(fn: LambdaFunction, { table: access, tokens }: Grants, table: TableV2): void {
  if (access === undefined) return;
  const indexes = TABLE.indexes.map(({ name }) => `${table.tableArn}/index/${name}`);
  const actions = access === 'read' ? TABLE_READ : [...TABLE_READ, ...TABLE_CHANGE];
  fn.addToRolePolicy(new PolicyStatement({ actions, resources: [table.tableArn, ...indexes] }));
  if (access === 'write' && tokens === undefined) denyTokens(fn, table);
}

/** Items of a transaction count one by one, by the action that each is. */
function denyTokens(fn: LambdaFunction, table: TableV2): void {
  const keys = TOKEN_KEY_PREFIXES.map((prefix) => `${prefix.replace('$', () => DOLLAR)}*`);
  fn.addToRolePolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: TABLE_CHANGE,
      resources: [table.tableArn],
      conditions: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': keys } },
    }),
  );
}

function grantObjects(fn: LambdaFunction, actions: readonly string[], prefixes: readonly string[], bucket: Bucket): void {
  if (prefixes.length === 0) return;
  fn.addToRolePolicy(
    new PolicyStatement({ actions: [...actions], resources: prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`)) }),
  );
}

function grantMachines(fn: LambdaFunction, grants: Grants, installation: string): void {
  const starts = grants.starts ?? [];
  if (starts.length > 0) {
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['states:StartExecution'], resources: starts.map((name) => machineArn(installation, name)) }),
    );
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['states:DescribeExecution', 'states:StopExecution'],
        resources: starts.map((name) => executionArns(installation, name)),
      }),
    );
  }
  const lists = grants.lists ?? [];
  if (lists.length > 0) {
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['states:ListExecutions'], resources: lists.map((name) => machineArn(installation, name)) }),
    );
  }
  if (grants.answers) {
    const waiting: readonly MachineName[] = ['process-batch', 'sweep-results', 'publish-source', 'tend-home'];
    fn.addToRolePolicy(
      new PolicyStatement({ actions: ['states:SendTaskSuccess'], resources: waiting.map((name) => machineArn(installation, name)) }),
    );
  }
}

function grantSecrets(fn: LambdaFunction, secrets: readonly SecretName[], installation: string): void {
  if (secrets.length === 0) return;
  const resources = secrets.map((name) => parameterArn(installation, name));
  fn.addToRolePolicy(new PolicyStatement({ actions: ['ssm:GetParameter'], resources }));
}

/** Over SSH the key; over Systems Manager the one document, on the one node, for as long as it bears the installation's tag. */
function grantBridge(fn: LambdaFunction, { installation, bucket, cluster }: GrantContext): void {
  if (cluster.transport === 'ssh') {
    grantSecrets(fn, ['ssh-key'], installation);
    return;
  }
  fn.addToRolePolicy(new PolicyStatement({ actions: ['ssm:SendCommand'], resources: [gateDocumentArn(installation)] }));
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['ssm:SendCommand'],
      resources: [nodeArn(cluster.host)],
      conditions: { StringEquals: { 'ssm:resourceTag/trawl:installation': installation } },
    }),
  );
  // It knows no resources; an invocation is found by the id of its command, which only SendCommand tells.
  fn.addToRolePolicy(new PolicyStatement({ actions: ['ssm:GetCommandInvocation'], resources: ['*'] }));
  grantObjects(fn, ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], ['bridge/'], bucket);
}

/** Each by its whole name: another installation's may begin with this one's. */
function grantVersions(fn: LambdaFunction, functions: readonly string[]): void {
  const arns = functions.map((name) => `arn:${Aws.PARTITION}:lambda:${Aws.REGION}:${Aws.ACCOUNT_ID}:function:${name}`);
  fn.addToRolePolicy(new PolicyStatement({ actions: ['lambda:ListVersionsByFunction'], resources: arns }));
  // With a version at its end: a function as a whole has no such name.
  fn.addToRolePolicy(new PolicyStatement({ actions: ['lambda:DeleteFunction'], resources: arns.map((arn) => `${arn}:*`) }));
}

export function grant(fn: LambdaFunction, grants: Grants, context: GrantContext): void {
  grantTable(fn, grants, context.table);
  grantObjects(fn, ['s3:GetObject'], grants.reads ?? [], context.bucket);
  grantObjects(fn, ['s3:PutObject', 's3:AbortMultipartUpload'], grants.writes ?? [], context.bucket);
  grantObjects(fn, ['s3:DeleteObject'], grants.removes ?? [], context.bucket);
  if ((grants.reads ?? []).length > 0) {
    // Without it a missing object reads as 403, which cannot be told from a missing permission.
    fn.addToRolePolicy(new PolicyStatement({ actions: ['s3:ListBucket'], resources: [context.bucket.bucketArn] }));
  }
  grantSecrets(fn, grants.secrets ?? [], context.installation);
  if (grants.bridge) grantBridge(fn, context);
  grantMachines(fn, grants, context.installation);
  if (grants.removesVersions) grantVersions(fn, context.functions);
  if (fn.role) {
    acknowledge(
      fn.role,
      'AwsSolutions-IAM5',
      'Wildcards stand only behind a named key prefix, a named machine (its executions) or a named function (its versions), and for GetCommandInvocation, which knows no resources.',
    );
  }
}
