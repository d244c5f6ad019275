import { queryRoutes } from '../../../../functions/query-runs/handler';
import { LISTING_COLUMNS } from '../../../../layers/core/discovery/columns';
import { listingKeys } from '../../../../layers/core/discovery/keys';
import { apiRouter } from '../../../../layers/runtime/api-router';
import { AT, included, mirrored, SOURCE, type MirroredRun } from './mirrored';

const study = { study_accession: 'PRJEB28810', study_title: 'Ribosomes of the hen', center_name: 'UCL' };
const hen = {
  ...study,
  sample_accession: 'SAMEA1',
  sample_title: 'Liver, adult',
  tax_id: '9031',
  scientific_name: 'Gallus gallus',
  country: 'Chile',
};
const cock = { ...study, sample_accession: 'SAMEA2', sample_title: 'Brain', tax_id: '9031', scientific_name: 'Gallus gallus' };
const RUNS: readonly MirroredRun[] = [
  {
    ...hen,
    run_accession: 'ERR100001',
    experiment_accession: 'ERX100001',
    library_name: 'hen 1',
    record: included('ERR100001', 'complete'),
  },
  { ...hen, run_accession: 'ERR100002', experiment_accession: 'ERX100001', record: included('ERR100002', 'due') },
  { ...cock, run_accession: 'ERR100003', experiment_accession: 'ERX100002' },
  { ...cock, run_accession: 'ERR100004', experiment_accession: 'ERX100003', unlisted: true },
];

async function installed(...given: Parameters<typeof mirrored>) {
  const deps = await mirrored(...given);
  const serve = apiRouter(queryRoutes(deps), 1 << 20);
  const get = async (path: string, query: Record<string, string> = {}) => {
    const event = { httpMethod: 'GET', path: `/sources/${SOURCE}/${path}`, queryStringParameters: query };
    const { status, body } = await serve({ headers: {}, body: null, ...event }, { name: 'ada', role: 'viewer' });
    return { status, body };
  };
  return { ...deps, get };
}

it('shows samples by accession, with runs, bytes and states, of runs that are listed no more too', async () => {
  const { get } = await installed(RUNS);
  expect((await get('samples')).body).toMatchObject({
    items: [
      {
        accession: 'SAMEA1',
        runs: 2,
        bytes: 400,
        states: { complete: 1, due: 1 },
        metadata: { sample_title: 'Liver, adult', country: 'Chile' },
      },
      { accession: 'SAMEA2', runs: 2, bytes: 0, states: { excluded: 1, withdrawn: 1 }, metadata: { sample_title: 'Brain' } },
    ],
  });
});

it('shows states as they are now', async () => {
  const { get, stores } = await installed(RUNS);
  const fetchKey = included('ERR100002', 'due').fetchKey ?? '';
  await stores.outcomes.put([{ fetchKey, result: 'complete', batchId: 'study-PRJEB28810.1.1', bytes: 200, at: AT }]);
  expect((await get('studies')).body).toMatchObject({
    items: [{ accession: 'PRJEB28810', runs: 4, states: { complete: 2, excluded: 1, withdrawn: 1 } }],
  });
});

it.each([
  { path: 'samples', search: 'LIVER', found: ['SAMEA1'] },
  { path: 'samples', search: 'samea', found: ['SAMEA1', 'SAMEA2'] },
  { path: 'studies', search: 'of the hen', found: ['PRJEB28810'] },
  { path: 'experiments', search: 'hen 1', found: ['ERX100001'] },
  { path: 'samples', search: "' OR true --", found: [] },
  { path: 'samples', search: 'hen 1', found: [] },
])('finds $search in $path', async ({ path, search, found }) => {
  const { get } = await installed(RUNS);
  const { body } = await get(path, { search });
  expect((body as { items: { accession: string }[] }).items.map(({ accession }) => accession)).toEqual(found);
});

it('goes through experiments page by page, each once', async () => {
  const { get } = await installed(RUNS);
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { body } = await get('experiments', { limit: '2', ...(cursor !== undefined && { cursor }) });
    const page = body as { items: { accession: string }[]; cursor?: string };
    seen.push(...page.items.map(({ accession }) => accession));
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(['ERX100001', 'ERX100002', 'ERX100003']);
});

it('shows one sample with its runs, in any letters', async () => {
  const { get } = await installed(RUNS);
  expect(await get('samples/samea1')).toMatchObject({
    status: 200,
    body: { item: { accession: 'SAMEA1', runs: 2 }, runs: { items: [{ accession: 'ERR100001' }, { accession: 'ERR100002' }] } },
  });
});

it('shows one run with everything that ENA says of it', async () => {
  const { get } = await installed(RUNS);
  const { body } = await get('runs/ERR100001');
  expect(body).toMatchObject({
    run: { accession: 'ERR100001', state: 'complete' },
    columns: { library_name: 'hen 1', country: 'Chile', host: '' },
  });
});

it.each(['samples/SAMEA9', 'runs/ERR999999', 'studies/PRJEB1'])('says that there is no %s', async (path) => {
  const { get } = await installed(RUNS);
  expect(await get(path)).toMatchObject({
    status: 404,
    body: { error: { message: expect.stringMatching(/^study:PRJEB28810 has no (sample|run|study) /) as string } },
  });
});

it('reads a listing of a version that asked for fewer columns', async () => {
  const { get } = await installed(RUNS, LISTING_COLUMNS);
  expect((await get('samples', { search: 'SAMEA1' })).body).toMatchObject({
    items: [{ metadata: { country: 'Chile', sample_title: '' } }],
  });
});

it('shows what the schema found, or that nothing looked', async () => {
  const { get, objects } = await installed(RUNS);
  expect(await get('validation')).toEqual({ status: 200, body: { cycle: 1, validation: undefined } });
  const validation = { v: 1, schema: 'trawl.listing/1', absentColumns: [], rows: 3, invalidRows: 0, counts: [], errors: [] };
  await objects.putJson(listingKeys(SOURCE, 1).validation, validation);
  expect(await get('validation')).toMatchObject({ body: { validation } });
});
