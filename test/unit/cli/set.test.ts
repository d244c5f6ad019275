import { writeFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, source } from '../../contract/stores/samples';
import { containing } from '../matchers';
import { installationForEach, trawl } from './installation';

const ID = 'taxon:562';
const directory = mkdtempSync(join(tmpdir(), 'trawl-set-'));
const installation = installationForEach();
beforeEach(async () => {
  await installation().api.stores.sources.add(source(ID), event(ID, 'source-added'));
});
afterAll(() => rmSync(directory, { recursive: true }));
const now = () => installation().api.stores.sources.get(ID);

test('says what changed, and show shows it', async () => {
  const { code, stdout } = await trawl(
    'set',
    '562',
    '--priority',
    'urgent',
    '--provider',
    'droplet',
    '--max-dollars',
    '0.5',
    '--no-subtree',
  );
  expect([code, stdout]).toEqual([0, containing('priority 3 → 6')]);
  expect(await now()).toMatchObject({ priority: 6, provider: 'droplet', limits: { runs: 10, dollars: 0.5 } });
  expect((await trawl('show', '562')).stdout).toContain('priority     6 (urgent)');
  expect((await trawl('set', '562', '--priority', '6')).stdout).toContain('has these settings already');
  expect(JSON.parse((await trawl('set', '562', '--priority', '-1', '--json')).stdout)).toMatchObject({
    ...{ source: { priority: -1 }, changes: ['priority 6 → -1'] },
  });
  expect((await trawl('list')).stdout).toContain('priority -1 (stopped)');
});

test('a query comes as conditions or as a file, and goes again', async () => {
  await trawl('set', '562', '--query', 'library_strategy=WGS', '--query', 'first_public >= 2024-01-01');
  expect((await trawl('show', '562')).stdout).toContain('query        (library_strategy="WGS" AND first_public>=2024-01-01)');
  const path = join(directory, 'query.json');
  writeFileSync(path, JSON.stringify({ not: { field: 'country', operator: '=', value: 'X*' } }));
  await trawl('set', '562', '--query-file', path);
  expect((await now())?.extraQuery).toEqual({ not: { field: 'country', operator: '=', value: 'X*' } });
  await trawl('set', '562', '--no-query');
  expect(await now()).not.toHaveProperty('extraQuery');
});

test.each([
  ['no setting', [], 'no setting is given'],
  [
    'a field that is none',
    ['--query', 'platform=X', '--query', 'read_count>=many'],
    'query.all.0.field: ENA searches by no field "platform"',
  ],
  ['a second fault in the same breath', ['--query', 'platform=X', '--query', 'read_count>=many'], 'query.all.1.value: is not a number'],
  ['no condition', ['--query', 'WGS'], 'not <field><operator><value>'],
  ['a file that is not there', ['--query-file', '/nowhere'], 'cannot be read as JSON'],
  ['both intervals at once', ['--recheck-days', '1', '--recheck-seconds', '60'], "'--recheck-days <n>' cannot be used with option"],
  ['a workflow that cannot be one', ['--workflow', 'No Name'], 'is no name: small letters'],
])('%s is told before anything is sent', async (_, flags, said) => {
  expect(await trawl('set', '562', ...flags)).toMatchObject({ code: 2, stdout: '', stderr: containing(said) });
  expect(installation().requests).toEqual([]);
});
