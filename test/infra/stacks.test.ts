import { Match, type Template } from 'aws-cdk-lib/assertions';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../infra/config';
import { functionNames } from '../../infra/build/bundle-functions';
import { MACHINE_NAMES } from '../../layers/core/ports/outside';
import { EXAMPLE, ROOT, synthesize } from './synthesize';

let folder: string;
let stateful: Template;
let stateless: Template;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trawl-synth-'));
  ({ stateful, stateless } = synthesize(folder));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Bucket {
  readonly Properties: {
    readonly LifecycleConfiguration: { readonly Rules: readonly { readonly Prefix?: string; readonly ExpirationInDays?: number }[] };
  };
}
interface Machine {
  readonly Properties: { readonly DefinitionSubstitutions?: Readonly<Record<string, { readonly Ref?: string }>> };
}
interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}
/** What does not fit into a role's own policy the CDK puts into a managed one. */
const statements = (): readonly Statement[] =>
  ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap((type) => Object.values(stateless.findResources(type)))
    .flatMap((policy) => (policy as { Properties: { PolicyDocument: { Statement: Statement[] } } }).Properties.PolicyDocument.Statement);

test('table and bucket are kept when the stack goes', () => {
  stateful.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Retain' });
  stateful.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain' });
});

test('exports are removed after a week', () => {
  stateful.hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ Prefix: 'exports/', ExpirationInDays: 7 })]) },
  });
});

test('reports of jobs go by age; listings, plans and manifests have no rule of their own', () => {
  const [bucket] = Object.values(stateful.findResources('AWS::S3::Bucket'));
  const { Rules: rules } = (bucket as Bucket).Properties.LifecycleConfiguration;
  const expiring = rules.flatMap(({ Prefix, ExpirationInDays }) => (ExpirationInDays === undefined ? [] : [[Prefix, ExpirationInDays]]));
  expect(Object.fromEntries(expiring)).toEqual({ 'bridge/': 1, 'exports/': 7, 'reports/': 365, 'index/': 365, 'tending/': 365 });
});

test('objects are removed by two functions alone: what a later listing replaces, and what has come home from a site', () => {
  const removing = Object.entries(stateless.findResources('AWS::IAM::Policy')).filter(([, policy]) =>
    JSON.stringify(policy).includes('s3:DeleteObject'),
  );
  expect(removing.map(([id]) => id.replace(/RoleDefaultPolicy.*$/, ''))).toEqual(['SettleSweep', 'TidyInstallation']);
  const text = JSON.stringify(statements().filter(({ Action }) => JSON.stringify(Action).includes('s3:DeleteObject')));
  expect(text).toContain('/listings/*');
  expect(text).toContain('/brought/*');
  expect(text).not.toMatch(/\/(plans|attempts|rescued|reports)\/\*/);
});

test('the reaper is started every two minutes, and may list executions of process-batch alone', () => {
  stateless.hasResourceProperties('AWS::Events::Rule', {
    ScheduleExpression: 'rate(2 minutes)',
    Targets: [Match.objectLike({ InputTransformer: Match.anyValue() })],
  });
  const listing = statements().filter(({ Action }) => JSON.stringify(Action).includes('states:ListExecutions'));
  expect(listing).toHaveLength(1);
  expect(JSON.stringify(listing)).toMatch(/stateMachine:trawl-process-batch/);
});

test('every function has a fixed name, runs on Node 22 and knows its log level', () => {
  const functions = stateless.findResources('AWS::Lambda::Function');
  const names = Object.values(functions).map((each) => (each as { Properties: { FunctionName: string } }).Properties.FunctionName);
  expect([...names].sort()).toEqual(
    functionNames(ROOT)
      .map((name) => `trawl-${name}`)
      .sort(),
  );
  stateless.allResourcesProperties('AWS::Lambda::Function', {
    Runtime: 'nodejs22.x',
    Environment: { Variables: Match.objectLike({ LOG_LEVEL: 'INFO' }) },
  });
});

test('every function says in its calls whose they are', () => {
  for (const { Properties } of Object.values(stateless.findResources('AWS::Lambda::Function'))) {
    const { FunctionName, Environment } = Properties as {
      FunctionName: string;
      Environment: { Variables: Readonly<Record<string, string>> };
    };
    expect(`trawl-${Environment.Variables['AWS_SDK_UA_APP_ID']}`).toBe(FunctionName);
    // The SDK takes no longer one.
    expect(Environment.Variables['AWS_SDK_UA_APP_ID']?.length).toBeLessThanOrEqual(50);
  }
});

test('versions of functions, and the layers that they were made with, outlive a deployment', () => {
  stateless.allResources('AWS::Lambda::Version', { DeletionPolicy: 'Retain' });
  stateless.allResources('AWS::Lambda::LayerVersion', { DeletionPolicy: 'Retain' });
});

test('machines call versions of functions, never what is newest, and may call the older ones', () => {
  const machines = Object.values(stateless.findResources('AWS::StepFunctions::StateMachine')) as unknown as readonly Machine[];
  expect(machines).toHaveLength(MACHINE_NAMES.length);
  const versions = Object.keys(stateless.findResources('AWS::Lambda::Version'));
  for (const { Properties } of machines) {
    const called = Object.values(Properties.DefinitionSubstitutions ?? {}).map(({ Ref }) => Ref ?? 'not a version');
    expect(called.length).toBeGreaterThan(0);
    expect(versions).toEqual(expect.arrayContaining(called));
  }
  const invoking = statements().filter(({ Action }) => Action === 'lambda:InvokeFunction');
  for (const { Resource } of invoking) expect(JSON.stringify(Resource)).toMatch(/:\*"/);
});

test('versions are removed one by one, by one function, and only those of functions of this installation', () => {
  const removing = statements().filter(({ Action }) => JSON.stringify(Action).includes('lambda:Delete'));
  expect(removing).toHaveLength(1);
  const resources = JSON.stringify(removing[0]?.Resource);
  for (const name of functionNames(ROOT)) expect(resources).toContain(`:function:trawl-${name}:*`);
  expect(resources.match(/:function:[^"]*/g)).toHaveLength(functionNames(ROOT).length);
});

test('only bridge functions carry ssh2 and only listing functions carry DuckDB', () => {
  const withLayer = (layer: string): readonly string[] =>
    Object.values(stateless.findResources('AWS::Lambda::Function'))
      .map((each) => (each as { Properties: { FunctionName: string; Layers?: { Ref: string }[] } }).Properties)
      .filter(({ Layers = [] }) => Layers.some(({ Ref }) => Ref.startsWith(layer)))
      .map(({ FunctionName }) => FunctionName.slice('trawl-'.length))
      .sort();
  expect(withLayer('DuckdbLayer')).toEqual(['compare-listing', 'export-runs', 'list-runs', 'query-runs']);
  expect(withLayer('SshLayer')).toEqual([
    'index-source',
    'probe-jobs',
    'probe-worker',
    'provision-worker',
    'reap-workers',
    'release-worker',
    'run-tick',
    'submit-tending',
    'tidy-installation',
    'verify-results',
  ]);
});

test('no function may do everything, or something to everything, but for tracing and log delivery', () => {
  const open = statements().filter(({ Action, Resource }) => {
    const actions = typeof Action === 'string' ? [Action] : Action;
    return (
      actions.some((action) => action.endsWith(':*')) || (Resource === '*' && !actions.every((action) => /^(xray|logs):/.test(action)))
    );
  });
  expect(open).toEqual([]);
});

test('only the secrets of this installation are readable, one by one', () => {
  const parameters = JSON.stringify(statements().filter(({ Action }) => JSON.stringify(Action).includes('ssm:')));
  expect(parameters).toContain(':parameter/trawl/trawl/master');
  expect(parameters).not.toMatch(/parameter\/trawl\/[^"]*\*/);
});

test('rules start heartbeat and sweep with an id in the input, and settle what ends badly', () => {
  stateless.resourceCountIs('AWS::Events::Rule', 5);
  stateless.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: Match.objectLike({ detail: Match.objectLike({ status: ['FAILED', 'TIMED_OUT', 'ABORTED'] }) }),
  });
  const scheduled = Object.values(stateless.findResources('AWS::Events::Rule', { Properties: { ScheduleExpression: 'rate(1 minute)' } }));
  expect(scheduled).toHaveLength(2);
  for (const rule of scheduled) expect(JSON.stringify(rule)).toContain('$.id');
});

test('machines log without data, because inputs of token states hold the token', () => {
  stateless.allResourcesProperties('AWS::StepFunctions::StateMachine', {
    LoggingConfiguration: Match.objectLike({ IncludeExecutionData: false }),
  });
});

test('cdk-nag finds nothing that is not accepted with a reason', () => {
  // The whole app as people run it: nag errors make the command fail.
  const output = execFileSync('npx', ['cdk', 'synth', '--quiet', '-c', `config=${EXAMPLE}`, '--output', join(folder, 'nag.out')], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(output).not.toMatch(/AwsSolutions-[A-Z0-9]+/);
}, 180_000);

test('a wrong configuration names the file and every wrong field', () => {
  const path = join(folder, 'wrong.json');
  const example = JSON.parse(readFileSync(EXAMPLE, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...example, installation: 'Not Legal', caps: { total: 0 }, surprise: true }));
  expect(() => readConfig(path)).toThrow(/wrong\.json[\s\S]*surprise[\s\S]*installation[\s\S]*caps/);
});
