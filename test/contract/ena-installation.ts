import { DEFAULT_FILTERS } from '../../layers/core/filters/rules';
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
import type { Source } from '../../layers/core/entities';
import type { ListingSetting } from '../../layers/core/settings';
import type { Outcome } from '../../layers/core/records';
import { fetchKeyOf } from '../../layers/core/ids';
import { BatchPlan, type PlannedRun } from '../../layers/core/wire';
import type { Ena } from '../world/ena/server';
import { aSource, aStage } from '../unit/core/discovery/factories';

const stage = aStage();
let clock = Date.parse('2026-01-01T00:00:00.000Z');
const now = (): Date => new Date((clock += 1000));

const LISTING: ListingSetting = { rowLimit: 1000, secondsPerCall: 600, dropShare: 0.1, dropRowsMin: 10, blankShare: 0.1 };

/** Everything that check-source calls, over stores in memory, the real DuckDB and the stand-in for ENA. */
export function installation(ena: Ena, listing: Partial<ListingSetting> = {}) {
  const stores = memoryStores();
  const objects = memoryObjects();
  const common = {
    stores,
    objects,
    tables: duckDbTables({ memoryMb: 256, threads: 1 }),
    withWorkspace: temporaryWorkspace,
    now,
    filterDefaults: DEFAULT_FILTERS,
  };
  const portal = enaPortal({ portalUrl: `${ena.url}/ena/portal/api`, taxonomyUrl: `${ena.url}/ena/taxonomy/rest` });
  const steps = {
    list: listRunsHandler({ ...common, ena: portal, listing: { ...LISTING, ...listing }, sleep: () => Promise.resolve() }),
    compare: compareListingHandler({ ...common, fileBaseUrl: ena.url, stage }),
    plan: planBatchesHandler({
      ...common,
      stage,
      batch: { maxRuns: 8, maxBytes: 1e9, maxMinutes: 720, workerDiskGb: {} },
      poolWorkers: { scheduled: 1, manual: 1 },
      providers: ['slurm'],
      settings: { startDeadlineSeconds: 600 },
      prices: async () => () => ({ dollarsPerHour: 0, egressDollarsPerGib: 0 }),
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
    let listed = await steps.list(id);
    while (listed.outcome === 'unfinished' || listed.outcome === 'postponed') listed = await steps.list(id);
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
