import { DEFAULT_FILTERS } from '../../../../layers/core/filters/rules';
import { previewRoute } from '../../../../layers/core/api/filter-routes';
import { filterChain } from '../../../../layers/core/discovery/filters';
import { judgeRun, recordOf } from '../../../../layers/core/discovery/judge-run';
import { LISTING_COLUMNS, type ListingRow } from '../../../../layers/core/discovery/columns';
import type { RunRecord, RunState } from '../../../../layers/core/discovery/documents';
import { listingKeys, sourceKeys } from '../../../../layers/core/discovery/keys';
import { PREVIEW_SECONDS, type FilterPreview } from '../../../../layers/core/discovery/preview-filters';
import type { FilterDocument } from '../../../../layers/core/filters/document-schema';
import { duckDbTables } from '../../../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../../../layers/adapters/duckdb/workspace';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { aRow, aSource, aStage } from '../../core/discovery/factories';

const sourceId = 'study:PRJEB28810';
const at = '2026-01-02T00:00:00.000Z';
const stage = aStage();
const context = (filters?: FilterDocument) => {
  const chain = filterChain(filters, DEFAULT_FILTERS);
  if (chain.outcome === 'invalid') throw new Error(chain.detail);
  return { rules: chain.rules, fileBaseUrl: 'https://ftp.sra.ebi.ac.uk', stage };
};
const tables = duckDbTables({ memoryMb: 128, threads: 1 });

interface Listed {
  readonly row: ListingRow;
  readonly state?: RunState;
}
/** A source whose last cycle judged these rows by `filters`. */
async function judged(rows: readonly Listed[], filters?: FilterDocument, { seconds = 0, filterDefaults = DEFAULT_FILTERS } = {}) {
  const stores = memoryStores();
  const objects = memoryObjects();
  const source = aSource({ sourceId, listingCycle: 1, lastCheckedAt: at, ...(filters && { filters }) });
  await stores.sources.add(source, { entityId: sourceId, sourceId, at, type: 'added', actor: 'test' });
  const records = rows.map(({ row, state = 'due' }): RunRecord => {
    const run = judgeRun({ change: 'new', row }, context(filters));
    return recordOf(run, run.verdict === 'excluded' ? 'excluded' : state);
  });
  await temporaryWorkspace(async (workspace) => {
    const runs = workspace.writer('runs.jsonl');
    for (const record of records) await runs.write(`${JSON.stringify(record)}\n`);
    await runs.end();
    await tables.recordsToParquet(workspace.path('runs.jsonl'), workspace.path('runs.parquet'));
    await objects.upload(workspace.path('runs.parquet'), sourceKeys(sourceId, 1).runs, 'application/vnd.apache.parquet');
    const listing = workspace.writer('raw.gz', { gzip: true });
    await listing.write(`${LISTING_COLUMNS.join('\t')}\n`);
    for (const { row } of rows) await listing.write(`${LISTING_COLUMNS.map((column) => row[column]).join('\t')}\n`);
    await listing.end();
    await tables.listingToParquet(workspace.path('raw.gz'), LISTING_COLUMNS, workspace.path('listing.parquet'));
    await objects.upload(workspace.path('listing.parquet'), listingKeys(sourceId, 1).listing, 'application/vnd.apache.parquet');
  });
  let clock = Date.parse(at);
  const now = () => new Date((clock += seconds * 1000));
  const route = previewRoute({ stores, objects, tables, withWorkspace: temporaryWorkspace, now, stage, filterDefaults });
  const ask = (body: unknown, id = sourceId) =>
    route.answer({ params: { sourceId: id }, query: {}, body, actor: { name: 'test', role: 'viewer' } });
  const preview = async (rules: FilterDocument['rules']) => {
    const { status, body } = await ask({ filters: { v: 1, rules } });
    expect(status).toBe(200);
    return body as FilterPreview;
  };
  return { stores, source, records, ask, preview };
}

const run = (number: number, values: Partial<ListingRow> = {}, state: RunState = 'due'): Listed => ({
  row: aRow({ run_accession: `ERR${100000 + number}`, ...values }),
  state,
});
const rows = [
  run(0, { library_strategy: 'WGS' }, 'complete'),
  run(1, { library_strategy: 'WGS', country: 'USA: Ohio' }),
  run(2, { library_strategy: 'AMPLICON' }, 'complete'),
  run(3, { library_strategy: 'AMPLICON' }, 'claimed'),
  run(4, { library_strategy: 'AMPLICON', base_count: '5' }),
  run(5, { library_strategy: 'WGS', fastq_ftp: '', fastq_md5: '', fastq_bytes: '' }),
];
const WGS = { rule: 'strategy', parameters: { anyOf: ['WGS'] } };

it('tells what would be left out, by rule, and what of it is at home or on its way', async () => {
  const { preview, stores, records } = await judged(rows);
  const claim = { waiters: [], claimedAt: at, holder: 'study-PRJEB28810.1.1' };
  await stores.claims.claim([{ ...claim, fetchKey: records[3]!.fetchKey }]);
  expect(await preview([{ rule: 'base-count', parameters: { min: 6 } }, WGS])).toMatchObject({
    ...{ sourceId, listingCycle: 1, isWhole: true, listedRuns: 6, runs: 6, warnings: [] },
    now: { included: 5, excluded: 1, excludedByRule: { 'no-files': 1 }, dueRuns: 2, dueBytes: 400 },
    then: { included: 2, excluded: 4, excludedByRule: { 'no-files': 1, strategy: 2, 'base-count': 1 }, dueRuns: 1, dueBytes: 200 },
    becomeExcluded: {
      ...{ runs: 3, bytes: 600, byRule: { strategy: 2, 'base-count': 1 }, complete: 1, inWork: 1 },
      examples: [
        { accession: 'ERR100002', rule: 'strategy', reason: 'library_strategy is AMPLICON, not WGS', state: 'complete' },
        { accession: 'ERR100003', rule: 'strategy', state: 'claimed' },
        { accession: 'ERR100004', rule: 'base-count', reason: '5 bases, fewer than 6', state: 'due' },
      ],
    },
    becomeIncluded: { runs: 0, bytes: 0 },
  });
});

it('counts on the defaults of the installation, which a source may turn off', async () => {
  const { preview } = await judged(rows, undefined, { filterDefaults: { v: 1, rules: [WGS] } });
  expect(await preview([])).toMatchObject({ then: { included: 2, excludedByRule: { strategy: 3 } } });
  expect(await preview([{ rule: 'strategy', off: true }])).toMatchObject({ then: { included: 5 }, warnings: [] });
});

it('tells what would come in, and looks up what of it is at home or on its way already', async () => {
  const { preview, stores } = await judged(rows, { v: 1, rules: [WGS] });
  const all = (await judged(rows)).records;
  const outcome = { result: 'complete', batchId: 'taxon-9031.1.1', bytes: 200, at } as const;
  await stores.outcomes.put([{ ...outcome, fetchKey: all[2]!.fetchKey }]);
  const claim = { waiters: [], claimedAt: at, holder: 'taxon-9031.1.2' };
  await stores.claims.claim([{ ...claim, fetchKey: all[3]!.fetchKey }]);
  expect(await preview([])).toMatchObject({
    now: { included: 2, dueRuns: 1, dueBytes: 200 },
    then: { included: 5, excludedByRule: { 'no-files': 1 }, dueRuns: 2, dueBytes: 400 },
    becomeExcluded: { runs: 0, examples: [] },
    becomeIncluded: {
      ...{ runs: 3, bytes: 600, byRule: { strategy: 3 }, complete: 1, inWork: 1, notLookedUp: 0 },
      examples: [{ accession: 'ERR100002', wasExcludedBy: 'strategy' }, { accession: 'ERR100003' }, { accession: 'ERR100004' }],
    },
  });
});

it('changes nothing where the filters are those that judged', async () => {
  const rules = [WGS, { rule: 'country', parameters: { noneOf: ['China'] } }];
  const { preview } = await judged(rows, { v: 1, rules });
  const { now, then, becomeExcluded, becomeIncluded } = await preview(rules);
  expect(then).toEqual(now);
  expect([becomeExcluded.runs, becomeIncluded.runs]).toEqual([0, 0]);
});

it('is what the next cycle finds: the same verdict for every run', async () => {
  const rules = [
    { rule: 'country', parameters: { anyOf: ['USA'], notGiven: 'include' } },
    { rule: 'base-count', parameters: { min: 6 } },
  ];
  const { preview } = await judged(rows);
  const next = rows.map(({ row }) => judgeRun({ change: 'unchanged', row }, context({ v: 1, rules })));
  const { then } = await preview(rules);
  const byRule: Record<string, number> = {};
  for (const { rule } of next.filter(({ verdict }) => verdict === 'excluded')) byRule[rule] = (byRule[rule] ?? 0) + 1;
  expect(then).toMatchObject({ included: next.filter(({ verdict }) => verdict === 'included').length, excludedByRule: byRule });
});

it('answers what it judged when time is up, and says so', async () => {
  const many = Array.from({ length: 5_000 }, (_, number) => run(number));
  const { preview } = await judged(many, undefined, { seconds: PREVIEW_SECONDS });
  const { isWhole, runs, listedRuns, becomeExcluded } = await preview([WGS]);
  expect([isWhole, listedRuns]).toEqual([false, 5_000]);
  expect(runs).toBeGreaterThan(0);
  expect(runs).toBeLessThan(5_000);
  expect(becomeExcluded.runs).toBe(runs);
});

it.each([
  { name: 'a source that is not there', body: { filters: { v: 1, rules: [] } }, id: 'taxon:1', status: 404 },
  { name: 'no filters', body: {}, id: sourceId, status: 422 },
  { name: 'another field', body: { filters: { v: 1, rules: [] }, force: true }, id: sourceId, status: 422 },
])('refuses $name', async ({ body, id, status }) => {
  const { ask } = await judged([]);
  expect(await ask(body, id)).toMatchObject({ status });
});

it('refuses filters with all that is wrong, each with its place', async () => {
  const { ask } = await judged([]);
  expect(await ask({ filters: { v: 1, rules: [{ rule: 'colour' }, { rule: 'layout' }] } })).toMatchObject({
    status: 422,
    body: { error: { code: 'invalid-filters', details: [{ at: 'filters.rules[0].rule' }, { at: 'filters.rules[1].parameters' }] } },
  });
});
