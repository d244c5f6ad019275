import { DEFAULT_FILTERS } from '../../../../layers/core/filters/rules';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { compareListingHandler } from '../../../../functions/compare-listing/handler';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { temporaryWorkspace } from '../../../../layers/adapters/duckdb/workspace';
import { CycleSummary, IncludedRun, type RunRecord } from '../../../../layers/core/discovery/documents';
import type { ComparedRun } from '../../../../layers/core/discovery/judge-run';
import { listingKeys, sourceKeys } from '../../../../layers/core/discovery/keys';
import type { Source } from '../../../../layers/core/entities';
import type { FilterDocument } from '../../../../layers/core/filters/document-schema';
import { PlannedRun } from '../../../../layers/core/wire';
import { batch, claim } from '../../../contract/stores/samples';
import { aFlow, aRow, aSource, aStage } from '../../core/discovery/factories';
import { containing } from '../../matchers';

const sourceId = 'study:PRJEB28810';
const at = '2026-01-01T00:00:00.000Z';

/** With a comparison that yields the given chunks, and records as JSON lines. */
async function installed(source: Partial<Source>, chunks: readonly (readonly ComparedRun[])[]) {
  const stores = memoryStores();
  const objects = memoryObjects();
  const looked: number[] = [];
  await stores.sources.add(aSource({ sourceId, cycle: 1, ...source }), { entityId: sourceId, sourceId, at, type: 'added', actor: 'test' });
  await objects.putJson(listingKeys(sourceId, 1).listing, 'parquet');
  const outcomes = { ...stores.outcomes, known: (keys: readonly string[]) => (looked.push(keys.length), stores.outcomes.known(keys)) };
  const compare = compareListingHandler({
    stores: { ...stores, outcomes },
    filterDefaults: DEFAULT_FILTERS,
    objects,
    tables: {
      compare: async function* () {
        yield* chunks;
      },
      recordsToParquet: (from, to) => copyFile(from, to),
      foldRecords: async ({ judged: [part = ''], to }) => {
        const records = linesOf(await readFile(part, 'utf8')) as readonly RunRecord[];
        await copyFile(part, to.runs);
        const kept = records.filter(({ state }) => state !== 'excluded');
        await writeFile(to.included, kept.map((record) => `${JSON.stringify(record)}\n`).join(''));
        return { isWhole: true, counts: records.map((record) => ({ ...record, runs: 1, bytes: record.filesBytes })) };
      },
    },
    withWorkspace: temporaryWorkspace,
    now: () => new Date(at),
    fileBaseUrl: 'https://ena.example',
    stage: aStage(),
  });
  const lines = (key: string): readonly unknown[] => linesOf(objects.text(key) ?? '');
  return { stores, objects, looked, lines, compare: () => compare({ sourceId, cycle: 1 }) };
}
const linesOf = (text: string): readonly unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
const runs = (count: number, values = {}): readonly ComparedRun[] =>
  Array.from({ length: count }, (_, index) => ({ change: 'new', row: aRow({ run_accession: `ERR${100000 + index}`, ...values }) }));

it('writes a record per run with the first rule that leaves it out, and what is due in the form of a plan', async () => {
  const filters: FilterDocument = {
    v: 1,
    rules: [
      { rule: 'strategy', parameters: { anyOf: ['WGS'] } },
      { rule: 'platform', parameters: { anyOf: ['ION_TORRENT'] } },
    ],
  };
  const wgs = {
    change: 'new',
    row: aRow({ run_accession: 'ERR200001', library_strategy: 'WGS', instrument_platform: 'ION_TORRENT' }),
  } as const;
  const { compare, lines } = await installed({ filters }, [[...runs(1), wgs], runs(0)]);
  expect(await compare()).toMatchObject({ outcome: 'compared', known: 2, states: { due: 1, excluded: 1 } });
  const keys = sourceKeys(sourceId, 1);
  expect(lines(keys.runs)).toMatchObject([
    { accession: 'ERR100000', verdict: 'excluded', rule: 'strategy', reason: 'library_strategy is ssRNA-seq, not WGS' },
    { accession: 'ERR200001', verdict: 'included', state: 'due', filesBytes: 200, fileCount: 2 },
  ]);
  expect(lines(keys.included).map((line) => IncludedRun.parse(line))).toMatchObject([{ accession: 'ERR200001', state: 'due' }]);
  expect(lines(keys.due).map((line) => PlannedRun.strict().parse(line))).toMatchObject([{ metadata: { library_strategy: 'WGS' } }]);
});

it('looks outcomes up a hundred at a time, and never those that were complete with the same files', async () => {
  const first = await installed({}, [runs(250)]);
  await first.compare();
  expect(first.looked).toEqual([100, 100, 50]);
  const known = first.lines(sourceKeys(sourceId, 1).runs) as readonly RunRecord[];
  const again = runs(250).map((run, index): ComparedRun => ({
    ...run,
    change: 'unchanged',
    previous: { ...known[index]!, state: index < 200 ? 'complete' : 'due' },
  }));
  const second = await installed({}, [again]);
  expect(await second.compare()).toMatchObject({ states: { complete: 200, due: 50 } });
  expect(second.looked).toEqual([50]);
});

it('asks for the last stage of the newest version of the workflow, and writes down which that was', async () => {
  const { compare, stores, objects, lines } = await installed({ workflow: 'flow' }, [runs(1)]);
  for (const version of [1, 2]) await stores.workflows.add(aFlow(version));
  await compare();
  const [due] = lines(sourceKeys(sourceId, 1).included) as readonly IncludedRun[];
  expect(due?.fetchKey).toMatch(/#look@[0-9a-f]{12}$/);
  const summary = await objects.getJson(sourceKeys(sourceId, 1).summary, CycleSummary);
  expect(summary?.workflow).toEqual({ name: 'flow', version: 2, home: `fetch@${aStage().revision}` });
});

it('rejects filters that it cannot read before it judges anything', async () => {
  const { compare, objects } = await installed({ filters: { v: 1, rules: [{ rule: 'colour', parameters: {} }] } }, [runs(1)]);
  expect(await compare()).toEqual({
    outcome: 'rejected',
    code: 'invalid-filter',
    detail: containing('rules[0].rule: there is no filter rule "colour"'),
  });
  expect(objects.keys().filter((key) => key.startsWith('sources/'))).toEqual([]);
});

it('leaves the documents as they are once the plan is stored', async () => {
  const { compare, stores, objects } = await installed({}, [runs(2)]);
  const first = await compare();
  const source = (await stores.sources.get(sourceId))!;
  await stores.sources.change(
    source,
    { listingCycle: 1, filters: { v: 1, rules: [{ rule: 'layout', parameters: { anyOf: ['SINGLE'] } }] } },
    {
      entityId: sourceId,
      sourceId,
      at,
      type: 'planned',
      actor: 'test',
    },
  );
  const before = objects.text(sourceKeys(sourceId, 1).included);
  expect(await compare()).toEqual(first);
  expect(objects.text(sourceKeys(sourceId, 1).included)).toBe(before);
});

it.each([
  { status: 'sweeping' as const, of: 'study:PRJEB1', states: { claimed: 0, linked: 1, due: 0 } },
  { status: 'sweeping' as const, of: sourceId, states: { claimed: 1, linked: 0, due: 0 } },
  { status: 'cancelled' as const, of: 'study:PRJEB1', states: { claimed: 0, linked: 0, due: 1 } },
])('counts a claim of a batch of $of that is $status as $states', async ({ status, of, states }) => {
  const { compare, stores, lines } = await installed({}, [runs(1)]);
  await compare();
  const [known] = lines(sourceKeys(sourceId, 1).included) as readonly IncludedRun[];
  const other = batch(of, 1, { status });
  await stores.batches.addPlanned([other]);
  await stores.claims.claim([claim(known?.fetchKey ?? '', other.batchId)]);
  expect(await compare()).toMatchObject({ states });
});

it('judges nothing by a rule that was set after the listing was taken without the column that it reads', async () => {
  const filters: FilterDocument = { v: 1, rules: [{ rule: 'instrument-model', parameters: { noneOf: ['unspecified'] } }] };
  const { compare, objects } = await installed({ filters }, [runs(2)]);
  const validation = { v: 1, schema: 'listing', rows: 2, invalidRows: 0, counts: [], errors: [] };
  await objects.putJson(listingKeys(sourceId, 1).validation, { ...validation, absentColumns: ['host', 'instrument_model'] });
  expect(await compare()).toEqual({
    outcome: 'rejected',
    code: 'column-absent',
    detail: 'this listing was taken without instrument_model, which the filter rule instrument-model of this source reads',
  });
  expect(objects.keys().filter((key) => key.startsWith('sources/'))).toEqual([]);
  await objects.putJson(listingKeys(sourceId, 1).validation, { ...validation, absentColumns: ['host'] });
  expect(await compare()).toMatchObject({ outcome: 'compared', known: 2 });
});
