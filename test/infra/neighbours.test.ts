import type { Template } from 'aws-cdk-lib/assertions';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../infra/config';
import { EXAMPLE, synthesize } from './synthesize';

/** One's name begins with the other's: the worst of neighbours. */
const [SHORT, LONG] = ['trawl', 'trawl-test'] as const;
let folder: string;
let short: Template;
let long: Template;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trawl-neighbours-'));
  short = synthesize(join(folder, SHORT), SHORT).stateless;
  long = synthesize(join(folder, LONG), LONG).stateless;
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}
const resourcesOf = (template: Template): readonly Resource[] => Object.values(template.toJSON()['Resources'] as Record<string, Resource>);
const NAMES = ['FunctionName', 'StateMachineName', 'LogGroupName', 'AlarmName', 'RoleName', 'Name'] as const;
/** `<type> <name>` of everything that is named by us and not by CloudFormation. */
const named = (template: Template): readonly string[] =>
  resourcesOf(template).flatMap(({ Type, Properties = {} }) =>
    NAMES.flatMap((field) => (typeof Properties[field] === 'string' ? [`${Type} ${Properties[field]}`] : [])),
  );

interface Policy {
  readonly PolicyDocument: { readonly Statement: readonly { readonly Effect: string; readonly Resource: unknown }[] };
}
/** Every ARN, as text, of what functions and machines may touch by a name that was written down. */
const granted = (template: Template): readonly string[] =>
  resourcesOf(template)
    .filter(({ Type }) => Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy')
    .flatMap(({ Properties }) => (Properties as unknown as Policy).PolicyDocument.Statement)
    .flatMap(({ Resource }) => (Array.isArray(Resource) ? (Resource as readonly unknown[]) : [Resource]))
    .map(asText)
    .filter((arn) => arn.startsWith('arn:'));
/** `Fn::Join` with what CloudFormation puts in written as it is called there. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  const { 'Fn::Join': join_, Ref } = value as { readonly 'Fn::Join'?: readonly [string, readonly unknown[]]; readonly Ref?: string };
  if (join_ !== undefined) return join_[1].map(asText).join(join_[0]);
  return Ref === undefined ? 'unnamed' : Ref.replace('AWS::', '');
}
const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
const matching = (pattern: string): RegExp => new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`);

test('two installations give nothing the same name', () => {
  expect(named(short).length).toBeGreaterThan(50);
  expect(named(long).filter((name) => named(short).includes(name))).toEqual([]);
});

test('nothing of one may touch what the other names as its own', () => {
  for (const [mine, theirs] of [
    [short, long],
    [long, short],
  ] as const) {
    const patterns = granted(mine);
    expect(patterns.length).toBeGreaterThan(20);
    const reached = granted(theirs).filter((arn) => patterns.some((pattern) => pattern !== '*' && matching(pattern).test(arn)));
    expect(reached).toEqual([]);
  }
});

test.each(['keep', 'deadline-2026-03-01'])(
  'an installation may not be called %s: every droplet of it would bear a tag that means something else',
  (installation) => {
    const path = join(folder, `${installation}.json`);
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(EXAMPLE, 'utf8')) as object), installation }));
    expect(() => readConfig(path)).toThrow(/installation/);
  },
);
