/** A day of an installation, from its schedules to the last machine that is gone. */
import { memoryGate } from '../../../layers/adapters/fakes/gate';
import { memoryObjects } from '../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../layers/adapters/fakes/stores';
import { FINAL_BATCH_STATUSES } from '../../../layers/core/entities';
import { retryHeldSweeps } from '../../../layers/core/use-cases/hold-worker';
import { aslRunner, type Execution, type Handlers, type Runner } from '../functions/life/asl-runner';
import { Clock } from './clock';
import { Cluster } from './cluster';
import { dropletsOf, type Droplets } from './droplets';
import { functionsOf } from './installation';
import { luckOf, mortal, mortalAll, type Luck } from './luck';
import { planSource, type Planned } from './plan';
import { postOf, type Post } from './post';
import { Watch } from './watch';

const START = '2026-03-01T06:00:00.000Z';
const MINUTE = 60;
const REAP_SECONDS = 600;
const SOURCES = 8;
/** From one source's plan to the next one's. */
const PLAN_SECONDS = 5_400;
const OUTAGE_SECONDS = 1_200;

export interface Day {
  readonly luck: Luck;
  readonly clock: Clock;
  readonly stores: ReturnType<typeof memoryStores>;
  readonly machines: Runner;
  readonly planned: Planned;
  readonly home: ReadonlySet<string>;
  readonly droplets: Droplets;
  readonly cluster: Cluster;
  readonly watch: Watch;
}

export async function liveThrough(seed: number, batches: number): Promise<Day> {
  const [clock, luck] = [new Clock(START), luckOf(seed)];
  const [stores, objects, home] = [memoryStores(), memoryObjects(clock.now), new Set<string>()];
  const watch = new Watch(clock, stores, home);
  let handlers: Handlers = {};
  const machines: Runner = aslRunner(() => handlers, { now: clock.now, after: clock.after, onEnd: (ended) => hear(ended) });
  const post: Post = (...message) => postOf(handlers, clock, luck)(...message);
  const world = { clock, luck, post, objects, stores, home };
  const droplets = dropletsOf(world, watch);
  const cluster = new Cluster({ ...world, pull: droplets.pull }, memoryGate());
  handlers = functionsOf({
    ...{ stores: mortalAll(watch.observed(), luck), objects: mortal(objects, luck), machines: mortal(machines, luck) },
    ...{ gate: cluster.port(), client: droplets.client, now: clock.now },
  });
  /** The rule that hears of executions which did not end by themselves; some ends it never hears of. */
  function hear({ machine, name, status }: Execution): void {
    if (status === 'SUCCEEDED' || luck.meets('end-unheard')) return;
    const detail = { status, name, stateMachineArn: `arn:aws:states:eu:1:stateMachine:trawl-day-${machine}`, executionArn: name };
    const tell = async (tries: number): Promise<unknown> => {
      try {
        return await handlers['SettleExecution']?.({ detail } as never);
      } catch {
        if (tries > 0) clock.after(MINUTE, () => tell(tries - 1));
        return undefined;
      }
    };
    clock.after(2, () => tell(3));
  }
  const planned: Planned = { sources: [], batches: [], runs: [] };
  for (let place = 0; place < SOURCES; place += 1) {
    const plan = () => planSource({ stores, objects }, planned, clock.now().toISOString(), batches / SOURCES, luck);
    clock.after(place * PLAN_SECONDS, plan);
  }
  const day: Day = { luck, clock, stores, machines, planned, home, droplets, cluster, watch };
  schedule(day);
  await run(day);
  return day;
}

function schedule({ clock, luck, machines, stores, planned, droplets, cluster, watch }: Day): void {
  const rule = (seconds: number, machine: 'heartbeat' | 'sweep-results' | 'reap-workers'): void => {
    let number = 0;
    const tick = async (): Promise<void> => {
      const id = `${machine}-${(number += 1)}`;
      await machines.start(machine, id, { id });
      if (luck.meets('tick-twice')) await machines.start(machine, `${id}-again`, { id: `${id}-again` });
    };
    clock.every(seconds, () => (luck.meets('tick-missed') ? undefined : tick()));
  };
  rule(MINUTE, 'heartbeat');
  rule(MINUTE, 'sweep-results');
  rule(REAP_SECONDS, 'reap-workers');
  clock.every(MINUTE, () => watch.minute());
  for (const hours of [2, 9]) {
    clock.after(hours * 3_600, () => {
      droplets.memory.unreachable = true;
      watch.outage('droplet', OUTAGE_SECONDS);
      clock.after(OUTAGE_SECONDS, () => void (droplets.memory.unreachable = false));
    });
  }
  clock.after(5 * 3_600, () => {
    cluster.away = true;
    watch.outage('slurm', OUTAGE_SECONDS);
    clock.after(OUTAGE_SECONDS, () => void (cluster.away = false));
  });
  clock.every(300, async () => {
    const running = await machines.running('process-batch');
    const name = running[Math.floor(luck.between(0, running.length))];
    if (name !== undefined && luck.meets('execution-fails')) machines.kill('process-batch', name, 'FAILED');
  });
  // A person comes by: what asked for attention is mended, and the work goes on.
  clock.every(2 * 3_600, async () => {
    for (const sourceId of planned.sources) {
      const source = await stores.sources.get(sourceId);
      if (source?.needsAttention === undefined) continue;
      await retryHeldSweeps({ stores, now: clock.now }, sourceId, 'anna');
      const event = { entityId: sourceId, sourceId, at: clock.now().toISOString(), type: 'attention-cleared', actor: 'anna' };
      await stores.sources.change((await stores.sources.get(sourceId)) ?? source, {}, event, ['needsAttention']);
    }
  });
}

/** Hour by hour until nothing is in motion, for three days at most. */
async function run(day: Day): Promise<void> {
  const { clock, machines, watch } = day;
  for (let hour = 1; hour <= 72; hour += 1) {
    await clock.run(new Date(Date.parse(START) + hour * 3_600_000).toISOString(), () => machines.settled());
    if (watch.broken.length > 0 || (hour >= 24 && (await isQuiet(day)))) return;
  }
}

async function isQuiet({ stores, planned, machines, droplets }: Day): Promise<boolean> {
  if ((await stores.workers.alive()).length > 0 || droplets.memory.alive().size > 0) return false;
  const batches = await Promise.all(planned.batches.map((batchId) => stores.batches.get(batchId)));
  const sources = await Promise.all(planned.sources.map((sourceId) => stores.sources.get(sourceId)));
  const isOver = batches.every((batch) => batch !== undefined && FINAL_BATCH_STATUSES.includes(batch.status));
  return isOver && sources.every((source) => source?.phase === 'idle') && (await machines.running('process-batch')).length === 0;
}
