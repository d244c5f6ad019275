import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareListingHandler } from '../../functions/compare-listing/handler';
import { listRunsHandler } from '../../functions/list-runs/handler';
import { planBatchesHandler } from '../../functions/plan-batches/handler';
import { queryRunsHandler } from '../../functions/query-runs/handler';
import { settleCycleHandler } from '../../functions/settle-cycle/handler';
import { duckDbTables } from '../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../layers/adapters/duckdb/workspace';
import { enaPortal } from '../../layers/adapters/ena/portal';
import { memoryMachines } from '../../layers/adapters/fakes/machines';
import { memoryObjects } from '../../layers/adapters/fakes/objects';
import { memoryStores } from '../../layers/adapters/fakes/stores';
import type { Outcome, Source } from '../../layers/core/entities';
import { fetchKeyOf } from '../../layers/core/ids';
import { BatchPlan, type PlannedRun } from '../../layers/core/wire';
import { startEna, type Ena } from '../world/ena/server';
import { aSource, aStage } from '../unit/core/discovery/factories';

const filesDir = mkdtempSync(join(tmpdir(), 'trawl-ena-'));
let ena: Ena;
beforeAll(async () => {
  ena = await startEna({ filesDir, totalBytes: 2_000_000 });
});
beforeEach(() => ena.control.reset());
afterAll(async () => {
  await ena.stop();
  rmSync(filesDir, { recursive: true });
});

const stage = aStage();
let clock = Date.parse('2026-01-01T00:00:00.000Z');
const now = (): Date => new Date((clock += 1000));

/** Everything that check-source calls, over stores in memory, the real DuckDB and the stand-in for ENA. */
function installation() {
  const stores = memoryStores();
  const objects = memoryObjects();
  const common = { stores, objects, tables: duckDbTables({ memoryMb: 256, threads: 1 }), withWorkspace: temporaryWorkspace, now };
  const portal = enaPortal({ portalUrl: `${ena.url}/ena/portal/api`, taxonomyUrl: `${ena.url}/ena/taxonomy/rest` });
  const steps = {
    list: listRunsHandler({ ...common, ena: portal, sleep: () => Promise.resolve() }),
    compare: compareListingHandler({ ...common, fileBaseUrl: ena.url, stage }),
    plan: planBatchesHandler({
      ...common,
      stages: [stage],
      caps: { maxRuns: 8, maxBytes: 1e9 },
      poolWorkers: { scheduled: 1, manual: 1 },
      providers: ['slurm'],
      dollarsPerTerabyte: 0,
    }),
    settle: settleCycleHandler({ ...common, machines: memoryMachines() }),
  };
  const event = (sourceId: string) => ({ entityId: sourceId, sourceId, at: now().toISOString(), type: 'test', actor: 'test' });
  const get = async (sourceId: string): Promise<Source> => (await stores.sources.get(sourceId))!;
  /** What check-source does, on a source that is idle. */
  const check = async (sourceId: string, set: Partial<Source> = {}) => {
    const before = await get(sourceId);
    const cycle = before.cycle + 1;
    const started = { cycle, cycleRunning: true, cycleStartedAt: now().toISOString(), phase: 'listing' as const, ...set };
    await stores.sources.change(before, started, event(sourceId));
    const id = { sourceId, cycle };
    const listed = await steps.list(id);
    const compared = listed.outcome === 'listed' ? await steps.compare(id) : undefined;
    const planned = compared?.outcome === 'compared' ? await steps.plan(id) : undefined;
    await steps.settle({ ...id, listed, ...(compared && { compared }), ...(planned && { planned }) });
    return { listed, compared, planned, source: await get(sourceId) };
  };
  const plans = async (sourceId: string, cycle: number): Promise<readonly PlannedRun[]> => {
    const batches = await stores.batches.ofSource(sourceId, cycle);
    const read = await Promise.all(batches.map(({ planKey }) => objects.getJson(planKey, BatchPlan)));
    return read.flatMap((plan) => plan?.runs ?? []);
  };
  /** As if every planned run had been fetched and verified. */
  const fetchAll = async (sourceId: string, cycle: number): Promise<void> => {
    const outcome = (run: PlannedRun): Outcome => ({
      fetchKey: fetchKeyOf(run.accession, run.filesHash, stage.name, stage.revision),
      result: 'complete',
      batchId: `${sourceId.replace(':', '-')}.${cycle}.1`,
      bytes: 1,
      at: now().toISOString(),
    });
    await stores.outcomes.put((await plans(sourceId, cycle)).map(outcome));
    await stores.sources.change(await get(sourceId), { phase: 'idle' }, event(sourceId));
  };
  const query = queryRunsHandler(common);
  const add = (source: Partial<Source> & { readonly sourceId: string }) => stores.sources.add(aSource(source), event(source.sourceId));
  return { stores, objects, add, check, plans, fetchAll, query, steps, get };
}

it('takes the recorded study from ENA to a plan', async () => {
  const { add, check, plans, stores, objects } = installation();
  await add({ sourceId: 'study:PRJEB28810' });
  const { listed, compared, planned, source } = await check('study:PRJEB28810');
  expect(listed).toEqual({ outcome: 'listed', listingKey: 'listings/study-PRJEB28810/1/listing.parquet', rows: 132 });
  expect(compared).toMatchObject({ known: 132, changes: { new: 132 }, states: { due: 28, excluded: 104 } });
  expect(planned).toMatchObject({ outcome: 'planned', batches: 4, runs: 28, approval: 'none' });
  expect(source).toMatchObject({ listingCycle: 1, plannedBatches: 4, cycleRunning: false, phase: 'running', generatedWarning: [] });
  expect(source.counts).toEqual({ known: 132, excluded: 104, withdrawn: 0, complete: 0, failed: 0 });
  const runs = await plans('study:PRJEB28810', 1);
  expect(new Set(runs.map(({ accession }) => accession)).size).toBe(28);
  const served = new Map((await ena.control.files()).map((file) => [`${ena.url}${file.path}`, file]));
  for (const { files } of runs) for (const { url, bytes, md5 } of files) expect(served.get(url)).toMatchObject({ bytes, md5 });
  expect((await stores.batches.ofSource('study:PRJEB28810')).every(({ runCount }) => runCount <= 8)).toBe(true);
  expect(objects.keys().filter((key) => !key.startsWith('plans/'))).toEqual([
    'listings/study-PRJEB28810/1/evidence.json',
    'listings/study-PRJEB28810/1/listing.parquet',
    'listings/study-PRJEB28810/1/raw.tsv.gz',
    'sources/study-PRJEB28810/1/due.jsonl',
    'sources/study-PRJEB28810/1/included.jsonl',
    'sources/study-PRJEB28810/1/runs.parquet',
    'sources/study-PRJEB28810/1/summary.json',
  ]);
});

it('leaves the orphan of three-file runs out', async () => {
  const { add, check, plans } = installation();
  await add({ sourceId: 'study:PRJEB37886' });
  expect((await check('study:PRJEB37886')).compared).toMatchObject({ known: 12, states: { due: 12 } });
  const names = (await plans('study:PRJEB37886', 1)).map(({ files }) => files.map(({ name }) => name.replace(/^ERR\d+/, '')));
  expect(new Set(names.map(String))).toEqual(new Set(['_1.fastq.gz,_2.fastq.gz']));
});

it('finds what two sources share complete in the second one', async () => {
  const { add, check, fetchAll } = installation();
  await add({ sourceId: 'study:PRJEB28810' });
  await add({ sourceId: 'taxon:9031', includeSubtree: true });
  await check('study:PRJEB28810');
  await fetchAll('study:PRJEB28810', 1);
  expect((await check('taxon:9031')).compared).toMatchObject({ known: 34, states: { complete: 6, due: 12, excluded: 16 } });
});

describe('a second check', () => {
  it('finds nothing new, whatever the order of rows', async () => {
    const { add, check, fetchAll } = installation();
    await add({ sourceId: 'taxon:9031', includeSubtree: true });
    await check('taxon:9031');
    await fetchAll('taxon:9031', 1);
    const { compared, planned, source } = await check('taxon:9031');
    expect(compared).toMatchObject({ changes: { unchanged: 34, new: 0, changed: 0 }, states: { complete: 18, due: 0, excluded: 16 } });
    expect(planned).toMatchObject({ batches: 0, runs: 0 });
    expect(source.counts).toEqual({ known: 34, excluded: 16, withdrawn: 0, complete: 18, failed: 0 });
  });

  it('catches an added row alone', async () => {
    const { add, check, fetchAll, plans } = installation();
    await add({ sourceId: 'taxon:9031', includeSubtree: true });
    await check('taxon:9031');
    await fetchAll('taxon:9031', 1);
    const [like] = await plans('taxon:9031', 1);
    await ena.control.change({ kind: 'add', accession: 'ERR9990001', like: like!.accession });
    expect((await check('taxon:9031')).planned).toMatchObject({ batches: 1, runs: 1 });
    expect((await plans('taxon:9031', 2)).map(({ accession }) => accession)).toEqual(['ERR9990001']);
  });

  it('takes a run whose md5 changed while its dates did not, beside the old one', async () => {
    const { add, check, fetchAll, plans } = installation();
    await add({ sourceId: 'taxon:9031', includeSubtree: true });
    await check('taxon:9031');
    await fetchAll('taxon:9031', 1);
    const [first] = await plans('taxon:9031', 1);
    await ena.control.change({ kind: 'regenerate', accession: first!.accession });
    expect((await check('taxon:9031')).compared).toMatchObject({ changes: { changed: 1, unchanged: 33 }, states: { due: 1 } });
    const [again] = await plans('taxon:9031', 2);
    expect(again?.accession).toBe(first?.accession);
    expect(again?.filesHash).not.toBe(first?.filesHash);
  });

  it('calls a vanished run withdrawn, keeps it, and sees it return', async () => {
    const { add, check, fetchAll, plans, query } = installation();
    await add({ sourceId: 'taxon:9031', includeSubtree: true });
    await check('taxon:9031');
    const [first] = await plans('taxon:9031', 1);
    await fetchAll('taxon:9031', 1);
    await ena.control.change({ kind: 'withdraw', accession: first!.accession });
    const gone = await check('taxon:9031');
    expect(gone.compared).toMatchObject({ known: 34, changes: { withdrawn: 1 }, states: { complete: 18 } });
    expect(gone.source.counts).toMatchObject({ known: 34, withdrawn: 1, complete: 18 });
    const page = await query({ sourceId: 'taxon:9031', limit: 100, search: first!.accession });
    expect(page).toMatchObject({ items: [{ change: 'withdrawn', state: 'complete', filesHash: first?.filesHash }] });
    await ena.control.change({ kind: 'restore', accession: first!.accession });
    await fetchAll('taxon:9031', 2);
    expect((await check('taxon:9031')).compared).toMatchObject({ known: 34, changes: { returned: 1 }, states: { complete: 18, due: 0 } });
  });
});

describe('an answer that does not count', () => {
  it.each([
    { fault: { kind: 'zero-bytes' }, code: 'no-answer' },
    { fault: { kind: 'header-only' }, code: 'row-count' },
    { fault: { kind: 'truncated' }, code: 'cut-short' },
    { fault: { kind: 'missing-column', column: 'fastq_md5' }, code: 'header-mismatch' },
  ] as const)('changes nothing, warns, and heals: $code', async ({ fault, code }) => {
    const { add, check, fetchAll, objects } = installation();
    await add({ sourceId: 'taxon:9031', includeSubtree: true });
    const { source: good } = await check('taxon:9031');
    await fetchAll('taxon:9031', 1);
    await ena.control.inject({ on: 'portal', contains: '/search?', fault });
    const { listed, source } = await check('taxon:9031');
    expect(listed).toMatchObject({ outcome: 'rejected', code });
    expect(source).toMatchObject({ listingCycle: 1, counts: good.counts, phase: 'idle', cycleRunning: false, lastRunStatus: 'warning' });
    expect(source.generatedWarning).toEqual([{ code: 'listing-rejected', detail: expect.stringContaining(code) as string }]);
    expect(objects.keys()).toContain('listings/taxon-9031/2/evidence.json');
    expect(objects.keys()).not.toContain('listings/taxon-9031/2/listing.parquet');
    const healed = await check('taxon:9031');
    expect(healed.compared).toMatchObject({ changes: { unchanged: 34 }, states: { complete: 18 } });
    expect(healed.source.generatedWarning).toEqual([]);
  });

  it('does not take zero runs for an answer where there were some', async () => {
    const { add, check, fetchAll } = installation();
    await add({ sourceId: 'study:PRJEB37886' });
    await check('study:PRJEB37886');
    await fetchAll('study:PRJEB37886', 1);
    await ena.control.inject({ on: 'portal', contains: '/count?', times: 2, fault: { kind: 'json-error', message: 'x', status: 200 } });
    await expect(check('study:PRJEB37886')).rejects.toThrow(/ENA is unavailable: no count but x/);
  });

  it('keeps what is verified when ENA shows empty file columns', async () => {
    const { add, check, fetchAll } = installation();
    await add({ sourceId: 'study:PRJEB37886' });
    await check('study:PRJEB37886');
    await fetchAll('study:PRJEB37886', 1);
    await ena.control.inject({ on: 'portal', contains: '/search?', fault: { kind: 'blank-files' } });
    expect((await check('study:PRJEB37886')).compared).toMatchObject({ states: { complete: 12, excluded: 0, due: 0 } });
  });
});

it('names a source that ENA does not know', async () => {
  const { add, check } = installation();
  await add({ sourceId: 'study:PRJEB99999999' });
  const { listed, source } = await check('study:PRJEB99999999');
  expect(listed).toMatchObject({ outcome: 'unknown-source' });
  expect(source.generatedWarning).toMatchObject([{ code: 'source-unknown' }]);
});
