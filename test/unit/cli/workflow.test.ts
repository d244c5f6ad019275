import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containing } from '../matchers';
import { startInstallation, trawl, type Installation } from './installation';

let installation: Installation;
let folder: string;
beforeEach(async () => {
  installation = await startInstallation();
  folder = mkdtempSync(join(tmpdir(), 'trawl-workflow-'));
  process.env['TRAWL_URL'] = installation.url;
  process.env['TRAWL_TOKEN'] = 'operator-token';
});
afterEach(() => installation.close());

const file = (text: string): string => {
  const path = join(folder, 'flow.yaml');
  writeFileSync(path, text);
  return path;
};
const SOUND = `workflow: flow
stages:
  - { name: fetch, builtin: fetch }
  - name: quality-control
    after: [fetch]
    pipeline: { directory: quality-control, revision: ba9876543210 }
    parameters: { minQ30: 0.6 }
    resources: { cpus: 1, memoryMb: 512, timeMinutes: 10 }
`;

test('validate tells every problem with its line, and needs no installation', async () => {
  const path = file(SOUND.replace('after: [fetch]', 'after: [fecth]\n    colour: blue').replace('cpus: 1', 'cpus: 0'));
  expect(await trawl('workflow', 'validate', path)).toEqual({
    code: 2,
    stdout: '',
    stderr: [
      `trawl: ${path} has 3 problems`,
      `  ${path}:5:13: stages[1].after[0]: no stage is called fecth; did you mean "fetch"?`,
      `  ${path}:6:13: stages[1].colour: is not known here`,
      `  ${path}:9:24: stages[1].resources.cpus: Too small: expected number to be >0`,
      '  → docs/workflows.md says what a workflow looks like',
      '',
    ].join('\n'),
  });
  expect(installation.requests).toEqual([]);
});

test('validate tells what YAML does not take, with its line', async () => {
  const path = file('workflow: flow\nstages: [\n  {name: fetch\n');
  expect(await trawl('workflow', 'validate', path)).toMatchObject({ code: 2, stderr: containing(`${path}:`) });
  expect(await trawl('workflow', 'validate', '/nowhere.yaml')).toMatchObject({ code: 2, stderr: containing('cannot be read') });
});

test('validate --json tells the same as data', async () => {
  const { code, stdout } = await trawl('workflow', 'validate', file(SOUND.replace('[fetch]', '[x]')), '--json');
  expect([code, JSON.parse(stdout)]).toMatchObject([2, { outcome: 'invalid', problems: [{ at: ['stages', 1, 'after', 0], line: 5 }] }]);
});

test('a document is imported once, listed, compared, and named by a source', async () => {
  const path = file(SOUND);
  expect(await trawl('workflow', 'import', path)).toMatchObject({ code: 0, stdout: containing('flow has version 1') });
  expect(await trawl('workflow', 'import', path)).toMatchObject({ code: 0, stdout: 'flow is this already, as version 1.\n' });
  expect(await trawl('workflow', 'diff', path)).toMatchObject({ code: 0, stdout: `version 1 and ${path} are the same.\n` });
  const stricter = file(SOUND.replace('0.6', '0.7'));
  const difference = await trawl('workflow', 'diff', stricter);
  expect(difference).toMatchObject({ code: 0, stdout: containing('stage quality-control: parameters.minQ30 0.6 → 0.7') });
  expect(difference.stdout).toContain('results of quality-control are another revision');
  await trawl('workflow', 'import', stricter);
  expect(await trawl('workflow', 'diff', 'flow')).toMatchObject({ code: 0, stdout: containing('version 1 → version 2') });
  expect(await trawl('workflow', 'diff', 'flow', '--from', '1', '--to', '1', '--json')).toMatchObject({
    stdout: containing('"changes": []'),
  });
  expect(await trawl('workflow', 'diff', 'flow', '--to', '7')).toMatchObject({ code: 1, stderr: containing('it has 1, 2') });
  const listed = await trawl('workflow', 'list');
  expect(listed.stdout.split('\n')).toHaveLength(5);
  expect(listed.stdout).toMatch(/fetch +built in/);
  expect(await trawl('add', '562', '--workflow', 'flow')).toMatchObject({ code: 0 });
  expect(await installation.api.stores.sources.get('taxon:562')).toMatchObject({ workflow: 'flow' });
});

test('what the kit of the installation has not is told with its line, and nothing is stored', async () => {
  const path = file(SOUND.replace('ba9876543210', 'a'.repeat(12)));
  expect(await trawl('workflow', 'import', path)).toMatchObject({
    code: 2,
    stderr: containing(`${path}:6:55: stages[1].pipeline.revision: the kit holds ba9876543210 of quality-control`),
  });
  expect(await installation.api.stores.workflows.list()).toEqual([]);
});

test('a source cannot name what was never imported', async () => {
  const said = containing('no workflow flow was imported here');
  expect(await trawl('add', '562', '--workflow', 'flow')).toMatchObject({ code: 1, stderr: said });
  await trawl('add', '562');
  expect(await trawl('set', '562', '--workflow', 'flow')).toMatchObject({ code: 1, stderr: said });
  expect(await installation.api.stores.sources.get('taxon:562')).toMatchObject({ workflow: 'fetch' });
});

test('every document of the guide is sound, and every command of it is one', async () => {
  const guide = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'workflows.md'), 'utf8');
  const documents = [...guide.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text);
  expect(documents.length).toBeGreaterThan(0);
  for (const text of documents) expect(await trawl('workflow', 'validate', file(text))).toMatchObject({ code: 0, stderr: '' });
  const lines = [...guide.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, block = '']) => block.split('\n'));
  const commands = lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line.startsWith('npx trawl '));
  expect(commands.length).toBeGreaterThan(5);
  for (const command of commands) {
    const words = command.split(/\s+/).slice(2);
    const own = words.map((word) => (word.endsWith('.yaml') ? file(SOUND.replace('workflow: flow', 'workflow: fetch-and-check')) : word));
    const { code, stderr } = await trawl(...own);
    expect([command, code, stderr]).toEqual([command, 0, expect.anything()]);
  }
});
