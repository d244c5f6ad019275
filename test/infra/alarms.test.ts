import type { Template } from 'aws-cdk-lib/assertions';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { functionNames } from '../../infra/build/bundle-functions';
import { ROOT, synthesize } from './synthesize';

let folder: string;
let stateless: Template;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trawl-alarms-'));
  ({ stateless } = synthesize(folder));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('each alarm says what to read, and that is there', () => {
  const headings = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8').match(/^## .*$/gm) ?? [];
  const anchors = headings.map((heading) =>
    heading
      .slice(3)
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-'),
  );
  const alarms = Object.values(stateless.findResources('AWS::CloudWatch::Alarm')) as { Properties: { AlarmDescription: string } }[];
  expect(alarms.length).toBeGreaterThan(functionNames(ROOT).length);
  for (const { Properties } of alarms) {
    const [page = '', anchor] = (/\S+$/.exec(Properties.AlarmDescription)?.[0] ?? '').split('#');
    expect([page, existsSync(join(ROOT, page))]).toEqual([page, true]);
    if (anchor !== undefined) expect(anchors).toContain(anchor);
  }
});
