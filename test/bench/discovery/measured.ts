/** The process that is measured: one cycle's comparison and plan by the product's own handlers, over files. Prints one line of JSON. */
import { DEFAULT_FILTERS } from '../../../layers/core/filters/rules';
import { readFileSync } from 'node:fs';
import { compareListingHandler } from '../../../functions/compare-listing/handler';
import { planBatchesHandler } from '../../../functions/plan-batches/handler';
import { memoryStores } from '../../../layers/adapters/fakes/stores';
import { duckDbTables } from '../../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../../layers/adapters/duckdb/workspace';
import { CycleSummary } from '../../../layers/core/discovery/documents';
import { sourceKeys } from '../../../layers/core/discovery/keys';
import { aSource, aStage } from '../../unit/core/discovery/factories';
import { directoryObjects } from './directory-objects';
import { CAPS, MAX_MINUTES, type Measured, SOURCE_ID, WORKERS } from './settings';

const [root = '', cycle = '1'] = process.argv.slice(2);
const stage = aStage({ resources: { cpus: 1, memoryMb: 512, timeMinutes: MAX_MINUTES } });
const AT = '2026-01-01T00:00:00.000Z';
const peakMb = (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024;

async function measure(): Promise<Measured> {
  const objects = directoryObjects(root);
  const stores = memoryStores();
  const number = Number(cycle);
  const limits = { runs: 1e9, bytes: 1e18, dollars: 1e9 };
  const source = aSource({ sourceId: SOURCE_ID, cycle: number, listingCycle: number - 1, cycleRunning: true, phase: 'listing', limits });
  await stores.sources.add(source, { entityId: SOURCE_ID, sourceId: SOURCE_ID, at: AT, type: 'added', actor: 'bench' });
  const common = { stores, objects, now: () => new Date(AT), filterDefaults: DEFAULT_FILTERS };
  const compare = compareListingHandler({
    ...common,
    tables: duckDbTables({ memoryMb: 512 }),
    withWorkspace: temporaryWorkspace,
    fileBaseUrl: 'https://ftp.sra.ebi.ac.uk',
    stage,
  });
  const plan = planBatchesHandler({
    ...common,
    stage,
    batch: { ...CAPS, maxMinutes: MAX_MINUTES, workerDiskGb: {} },
    poolWorkers: { scheduled: WORKERS, manual: WORKERS },
    providers: ['slurm'],
    settings: { startDeadlineSeconds: 600 },
    withWorkspace: temporaryWorkspace,
    prices: () => Promise.resolve(() => ({ dollarsPerHour: 0, egressDollarsPerGib: 0 })),
  });
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await compare({ sourceId: SOURCE_ID, cycle: number });
  const compared = performance.now();
  await plan({ sourceId: SOURCE_ID, cycle: number });
  const planned = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  const summary = await objects.getJson(sourceKeys(SOURCE_ID, number).summary, CycleSummary);
  if (summary === undefined) throw new Error('the comparison left no summary');
  const batches = await stores.batches.ofSource(SOURCE_ID, number);
  return {
    compareSeconds: (compared - started) / 1000,
    planSeconds: (planned - compared) / 1000,
    seconds: (planned - started) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMb: peakMb(),
    judgedRuns: summary.judgedRuns ?? 0,
    changes: summary.changes,
    dueRuns: summary.states.due,
    dueBytes: summary.dueBytes,
    batchBytes: batches.map(({ bytes }) => bytes),
    requests: objects.requests,
  };
}

measure().then(
  (measured) => process.stdout.write(`${JSON.stringify(measured)}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
