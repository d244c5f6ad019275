/** What the reaper is there for, all at once: a machine and a job of nobody, a batch in motion that no execution carries, a counter that is wrong. */
import { randomUUID } from 'node:crypto';
import { jobKeyOf } from '../../../layers/core/ids';
import { dispatchBatch } from '../../../layers/core/use-cases/dispatch-batch';
import { startCycle } from '../../../layers/core/use-cases/start-cycle';
import { sleep } from '../../world/aws/processes';
import { digitalOceanOf } from '../../e2e/droplets/machines';
import { askedFor } from '../../e2e/droplets/strangers';
import type { Place } from '../../e2e/faults/place';
import { nameToTrawl, newSource, type WatchedSource } from '../../e2e/faults/watched-source';

export interface Leftovers {
  /** Its batch is in motion and no execution was started for it. */
  readonly source: WatchedSource;
  /** The study by whose name machine and job go; nobody has ever named it to Trawl. */
  readonly stray: string;
}
/** Sources of the rounds are numbered from here. */
const FIRST = 200;
/** Longer than a round. */
const HELD_MILLISECONDS = 600_000;
const now = (): Date => new Date();

/** Until it is let go no beat does anything: it would mend what the reaper is to find. @returns what lets it go */
export async function heldHeart({ stores }: Place): Promise<() => Promise<void>> {
  const holder = `test-${randomUUID()}`;
  const until = (): string => new Date(Date.now() + HELD_MILLISECONDS).toISOString();
  while (!(await stores.leases.take('heartbeat', holder, now().toISOString(), until()))) await sleep(300);
  return () => stores.leases.release('heartbeat', holder);
}

/** Planned and dispatched as by a beat that dies between the admission and the start. */
async function unattended(place: Place, number: number): Promise<WatchedSource> {
  const { stores, objects, machines } = place;
  const source = await newSource(place, FIRST + number, 1);
  await nameToTrawl(place, [source], '--provider', 'slurm');
  const cycle = await startCycle({ stores, machines, now }, await source.now());
  if (cycle.outcome === 'refused') throw new Error(`${source.sourceId} begins no cycle: ${cycle.by.join(', ')}`);
  await source.until('a plan', async () => !(await source.now()).cycleRunning && (await source.batches()).length === 1);
  const [batch] = await source.batches();
  if (batch === undefined) throw new Error(`${source.sourceId} has no batch`);
  const dying = { ...machines, start: async () => 'started' as const };
  const free = () => ({ dollarsPerHour: 0, egressDollarsPerGib: 0 });
  const settings = { stores, objects, machines: dying, now, settings: { startDeadlineSeconds: 3_600 }, rateOf: free };
  const caps = ['total', `pool/${batch.pool}`, 'provider/slurm'].map((scope) => ({ scope, maxWorkers: 99 }));
  const { outcome } = await dispatchBatch({ ...settings, budget: { timeZone: 'UTC' } }, batch, 'slurm', caps);
  if (outcome !== 'dispatched') throw new Error(`${batch.batchId}: ${outcome}`);
  return source;
}

/** The total is one too many. */
async function miscount({ stores: { workers } }: Place): Promise<void> {
  const event = { entityId: 'counter/total', sourceId: 'installation', at: now().toISOString(), type: 'test', actor: 'test' };
  for (;;) {
    const seen = (await workers.counters()).find(({ scope }) => scope === 'total');
    if (seen === undefined) throw new Error('nothing was ever counted');
    if (await workers.mendCounter(seen, { ...seen, workers: seen.workers + 1 }, event)) return;
  }
}

/** While the heart is held. @param number another for each */
export async function leaveBehind(place: Place, number: number): Promise<Leftovers> {
  const { installation } = place;
  const stray = `PRJEB7700${number}`;
  const nameOf = (last: string): string => jobKeyOf(installation.name, `study-${stray}.1.1.a1.${last}`);
  await askedFor(installation, nameOf('fetch'));
  const own = [`--job-name=${nameOf('verify-1')}`, '--no-requeue', '--mem=10', '--output=/dev/null', '--chdir=/', '--wrap=sleep 3600'];
  const { code, stderr } = await installation.cluster.run('sbatch', own);
  if (code !== 0) throw new Error(`no job was left behind: ${stderr}`);
  const source = await unattended(place, number);
  await miscount(place);
  const isListed = async (): Promise<boolean> =>
    (await digitalOceanOf(place).droplets()).some(({ name, status }) => name === nameOf('fetch') && status === 'active');
  await source.until('a machine of nobody', isListed);
  return { source, stray };
}
