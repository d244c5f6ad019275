import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readConfig } from '../../infra/config';
import { gateDocument } from '../../infra/gate-document';
import { StatefulStack } from '../../infra/stateful-stack';
import { StatelessStack } from '../../infra/stateless-stack';

const ROOT = resolve(__dirname, '../..');
const CLUSTER = { transport: 'ssm', host: 'mi-0123456789abcdef0', user: 'trawl', root: '/data/trawl' };
let folder: string;
let template: Template;

/** The example's configuration with another way to the cluster. */
function configWith(cluster: object): ReturnType<typeof readConfig> {
  const example = JSON.parse(readFileSync(join(ROOT, 'infra/config/example.json'), 'utf8')) as object;
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify({ ...example, cluster }));
  return readConfig(path);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trawl-ssm-synth-'));
  const app = new App({ outdir: join(folder, 'cdk.out') });
  const config = configWith(CLUSTER);
  const env = { region: 'eu-west-2', account: '000000000000' };
  const { table, bucket } = new StatefulStack(app, 'trawl-stateful', { env, reportDays: config.retention.reportDays });
  const buildRoot = join(folder, 'build');
  template = Template.fromStack(new StatelessStack(app, 'trawl-stateless', { env, config, projectRoot: ROOT, buildRoot, table, bucket }));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NODE = 'arn:aws:ssm:eu-west-2:000000000000:managed-instance/mi-0123456789abcdef0';

/** Of one function's role, by the logical id that it begins with. */
function policyOf(name: string): string {
  const found = Object.entries(template.findResources('AWS::IAM::Policy')).find(([id]) => id.startsWith(`${name}Role`));
  return JSON.stringify(found?.[1]).replaceAll('{"Ref":"AWS::Partition"}', 'aws');
}

test('the document is the installation’s own, and takes base64 alone', () => {
  template.hasResourceProperties('AWS::SSM::Document', {
    Name: 'trawl-gate',
    DocumentType: 'Command',
    UpdateMethod: 'NewVersion',
    Content: Match.objectLike({ parameters: { Request: Match.objectLike({ allowedPattern: '^[A-Za-z0-9+/]+={0,2}$' }) } }),
  });
});

test('the bridge may send that document to that node while it bears the tag, and reads no SSH key', () => {
  const sends = [
    Match.objectLike({ Action: 'ssm:SendCommand', Effect: 'Allow', Resource: Match.anyValue() }),
    Match.objectLike({
      Action: 'ssm:SendCommand',
      Condition: { StringEquals: { 'ssm:resourceTag/trawl:installation': 'trawl' } },
      Effect: 'Allow',
    }),
  ];
  template.hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement: Match.arrayWith(sends) } });
  const text = policyOf('ProvisionWorker');
  expect(text).toContain('document/trawl-gate');
  expect(text).toContain(NODE.split('/')[1]);
  expect(text).toContain('/bridge/*');
  expect(text).not.toContain('/ssh-key');
  expect(policyOf('SettleBatch')).not.toContain('SendCommand');
});

test('what could be read as more than a name never reaches the script', () => {
  expect(() => configWith({ ...CLUSTER, root: '/data/$(id)' })).toThrow(/root/);
  expect(() => configWith({ ...CLUSTER, user: 'trawl; id' })).toThrow(/user/);
  expect(() => configWith({ ...CLUSTER, host: 'head.example.org' })).toThrow(/an id such as/);
  expect(() => gateDocument({ user: 'trawl', root: '/data/`id`' })).toThrow(/cannot stand in a script/);
});

test('a configuration without a transport goes over SSH, as before there were two', () => {
  expect(readConfig(join(ROOT, 'infra/config/example.json')).cluster.transport).toBe('ssh');
});
