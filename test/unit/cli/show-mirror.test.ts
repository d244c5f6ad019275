import { mirrorRoutes } from '../../../layers/core/api/mirror-routes';
import { listingKeys } from '../../../layers/core/discovery/keys';
import { included, mirrored, SOURCE } from '../functions/query-runs/mirrored';
import { containing } from '../matchers';
import { startInstallation, trawl, type Installation } from './installation';

const environment = { ...process.env };
const columns = { study_accession: 'PRJEB28810', sample_accession: 'SAMEA1', sample_title: 'Liver', country: 'Chile' };
let installation: Installation;
let deps: Awaited<ReturnType<typeof mirrored>>;
beforeEach(async () => {
  deps = await mirrored([
    { ...columns, run_accession: 'ERR100001', record: included('ERR100001', 'due') },
    { ...columns, run_accession: 'ERR100002' },
  ]);
  installation = await startInstallation(mirrorRoutes(deps));
  Object.assign(process.env, { TRAWL_URL: installation.url, TRAWL_TOKEN: 'viewer-token' });
});
afterEach(async () => {
  process.env = { ...environment };
  await installation.close();
});

test('show samples lists them, and takes its own options', async () => {
  const { code, stdout } = await trawl('show', 'samples', SOURCE, '--search', 'liver');
  expect(code).toBe(0);
  for (const part of ['SAMEA1', '200 B', '1 due, 1 excluded', 'Liver', 'Chile']) expect(stdout).toContain(part);
  expect(await trawl('show', 'samples', SOURCE, '--search', 'heart')).toMatchObject({ code: 0, stdout: 'No samples.\n' });
  const json: unknown = JSON.parse((await trawl('show', 'samples', SOURCE, '--json')).stdout);
  expect(json).toMatchObject({ items: [{ accession: 'SAMEA1', metadata: { sample_title: 'Liver' } }] });
});

test('one sample, one run: everything that is known, and what is not there is told', async () => {
  const sample = (await trawl('show', 'samples', SOURCE, 'SAMEA1')).stdout;
  for (const part of ['SAMEA1  2 runs, 200 B', 'sample_title                Liver', 'ERR100002  excluded']) expect(sample).toContain(part);
  expect((await trawl('show', 'runs', SOURCE, 'ERR100001')).stdout).toContain('country                     Chile');
  expect(await trawl('show', 'runs', SOURCE, 'ERR999999')).toMatchObject({ code: 1, stderr: containing('has no run ERR999999') });
});

test('show errors lists what is not as the schema says', async () => {
  expect((await trawl('show', 'errors', SOURCE)).stdout).toContain('was not held against a schema');
  const counts = [{ column: 'lat', rule: 'degrees', rows: 1 }];
  const errors = [{ accession: 'ERR100001', column: 'lat', rule: 'degrees', value: '52 N' }];
  const validation = { v: 1, schema: 'trawl.listing/1', absentColumns: ['host'], rows: 2, invalidRows: 1, counts, errors };
  await deps.objects.putJson(listingKeys(SOURCE, 1).validation, validation);
  const { stdout } = await trawl('show', 'errors', SOURCE);
  for (const part of ['1 of 2 rows', 'does not have host', 'lat     degrees  1', '"52 N"']) expect(stdout).toContain(part);
});

test('schema prints a JSON Schema of every column', async () => {
  const schema: unknown = JSON.parse((await trawl('schema')).stdout);
  expect(schema).toMatchObject({ $id: 'trawl.listing/1', properties: { run_accession: { pattern: '^([EDS]RR[0-9]{5,12})$' } } });
});
