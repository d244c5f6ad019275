/** A source from its first cycle to its results at home: production's functions in the machines' own order, over a table that counts. */
import { DEFAULT_FILTERS } from '../../../../layers/core/filters/rules';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareListingHandler } from '../../../../functions/compare-listing/handler';
import { planBatchesHandler } from '../../../../functions/plan-batches/handler';
import { settleCycleHandler } from '../../../../functions/settle-cycle/handler';
import { duckDbTables } from '../../../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../../../layers/adapters/duckdb/workspace';
import { dynamoStores } from '../../../../layers/adapters/dynamo/stores';
import { memoryGate } from '../../../../layers/adapters/fakes/gate';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { listingKeys } from '../../../../layers/core/discovery/keys';
import { createTable, ownEmulator } from '../../../contract/stores/table';
import { aSource } from '../../../unit/core/discovery/factories';
import { Clock } from '../../../unit/day/clock';
import { Cluster } from '../../../unit/day/cluster';
import { dropletsOf } from '../../../unit/day/droplets';
import { functionsOf, type Parts as WorldParts } from '../../../unit/day/installation';
import type { Luck } from '../../../unit/day/luck';
import { STAGE } from '../../../unit/day/plan';
import { postOf, type Post } from '../../../unit/day/post';
import { Watch } from '../../../unit/day/watch';
import { aslRunner, type Handlers, type Runner } from '../../../unit/functions/life/asl-runner';
import { makeListings } from '../archive';
import { SOURCE_ID } from '../settings';
import { CountedTable } from './counted-table';
import { Counts } from './counts';
import type { Parts, Usage } from './prices';

const START = '2026-03-01T06:00:00.000Z';
const HOUR_MS = 3_600_000;
/** Seldom, so that the work is seen and not the ticks: what one costs is measured apart. */
const TICK_SECONDS = 600;
const GOOD_LUCK: Luck = { met: new Map(), meets: () => false, between: (least, most) => (least + most) / 2 };
const RUNS_PER_BATCH = 250;

export interface Lived {
  readonly runs: number;
  readonly batches: number;
  /** From the first cycle to the end of the second, which finds everything at home. */
  readonly busy: Usage;
  readonly busyHours: number;
  readonly busyParts: Parts;
  /** Of an hour in which nothing happens. */
  readonly idleHour: Usage;
  readonly idleParts: Parts;
}

/** Lives through the fetching of all due runs of an archive of so many rows. Needs MiniStack. */
export async function liveThrough(rows: number): Promise<Lived> {
  const folder = await mkdtemp(join(tmpdir(), 'trawl-usage-'));
  const { emulator, stop } = await ownEmulator('ministack');
  try {
    const { before } = await makeListings(folder, rows);
    const table = new CountedTable();
    const counted = new Counts(table);
    const stores = dynamoStores('trawl', table.count(counted.client(await createTable(emulator, 'trawl'))));
    const clock = new Clock(START);
    const objects = counted.objects(memoryObjects(clock.now));
    let handlers: Handlers = {};
    const machines: Runner = aslRunner(() => handlers, { now: clock.now, after: clock.after });
    const post: Post = (...message) => postOf(handlers, clock, GOOD_LUCK)(...message);
    const world = { clock, luck: GOOD_LUCK, post, objects, stores, home: new Set<string>() };
    const droplets = dropletsOf(world, new Watch(clock, stores, world.home));
    const gate = new Cluster({ ...world, pull: droplets.pull }, memoryGate()).port();
    const parts = { stores, objects, machines, now: clock.now, gate: counted.gate(gate), client: droplets.client };
    handlers = counted.functions({ ...functionsOf(parts), ...cycleFunctions(parts, before, rows) });
    schedule(clock, machines);
    return await measured({ clock, machines, stores, counted });
  } finally {
    await stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** ListRuns is no more than its result here: ENA has been asked, and the listing is in the bucket. */
function cycleFunctions(parts: WorldParts, listing: string, rows: number): object {
  const stage = { ...STAGE, resources: { ...STAGE.resources, timeMinutes: 1e7 } };
  const common = {
    ...parts,
    tables: duckDbTables({ memoryMb: 256 }),
    withWorkspace: temporaryWorkspace,
    stage,
    filterDefaults: DEFAULT_FILTERS,
  };
  return {
    ListRuns: async ({ sourceId, cycle }: { readonly sourceId: string; readonly cycle: number }) => {
      const listingKey = listingKeys(sourceId, cycle).listing;
      await parts.objects.upload(listing, listingKey, 'application/vnd.apache.parquet');
      return { outcome: 'listed', listingKey, rows };
    },
    CompareListing: compareListingHandler({ ...common, fileBaseUrl: 'https://ftp.sra.ebi.ac.uk' }),
    PlanBatches: planBatchesHandler({
      ...common,
      batch: { maxRuns: RUNS_PER_BATCH, maxBytes: 1e15, maxMinutes: 1e7, workerDiskGb: {} },
      poolWorkers: { scheduled: 1, manual: 1 },
      providers: ['slurm'],
      settings: { startDeadlineSeconds: 600 },
      prices: async () => () => ({ dollarsPerHour: 0, egressDollarsPerGib: 0 }),
    }),
    SettleCycle: settleCycleHandler(common),
  };
}

function schedule(clock: Clock, machines: Runner): void {
  const rule = (seconds: number, machine: 'heartbeat' | 'sweep-results' | 'reap-workers'): void => {
    let number = 0;
    clock.every(seconds, () => machines.start(machine, `${machine}-${(number += 1)}`, { id: `${machine}-${number}` }));
  };
  rule(TICK_SECONDS, 'heartbeat');
  rule(TICK_SECONDS, 'sweep-results');
  rule(2 * TICK_SECONDS, 'reap-workers');
}

interface Measuring {
  readonly clock: Clock;
  readonly machines: Runner;
  readonly stores: ReturnType<typeof dynamoStores>;
  readonly counted: Counts;
}

async function measured({ clock, machines, stores, counted }: Measuring): Promise<Lived> {
  const hoursOn = (hours: number): string => new Date(Date.parse(START) + hours * HOUR_MS).toISOString();
  const until = (hours: number) => clock.run(hoursOn(hours), () => machines.settled());
  // The installation stands, and has done what it does once a day.
  await until(1);
  const limits = { runs: 1e9, bytes: 9e15, dollars: 1e9 };
  const source = aSource({ sourceId: SOURCE_ID, limits, recheckSeconds: 3 * 3600, nextCheckAt: hoursOn(1), createdAt: hoursOn(1) });
  await stores.sources.add(source, { entityId: SOURCE_ID, sourceId: SOURCE_ID, at: hoursOn(1), type: 'added', actor: 'bench' });
  counted.reset(machines);
  const busyHours = 4;
  await until(1 + busyHours);
  const [busy, busyParts] = [counted.usage(machines), counted.parts(machines)];
  const batches = (await stores.batches.ofSource(SOURCE_ID)).filter(({ status }) => status === 'complete');
  const after = await stores.sources.get(SOURCE_ID);
  const runs = batches.reduce((sum, { completeRuns }) => sum + completeRuns, 0);
  if (after?.cycle !== 2 || after.phase !== 'idle' || runs === 0 || after.counts.complete !== runs)
    throw new Error(`not everything was brought home: ${JSON.stringify(after)}`);
  counted.reset(machines);
  // A whole number of turns of every schedule.
  await until(1 + busyHours + 1);
  const [idleHour, idleParts] = [counted.usage(machines), counted.parts(machines)];
  return { runs, batches: batches.length, busy, busyHours, busyParts, idleHour, idleParts };
}
