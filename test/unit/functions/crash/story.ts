/** One installation with a batch, from the plan to the published source, under schedules that go on whatever dies. */
import { EARLY_RULES } from '../../../../layers/core/dispatch/judge-early';
import { HOLD_RULES } from '../../../../layers/core/dispatch/judge-hold';
import { lifeWorld, runOf, type World } from '../life/world';
import { agentsOf, type Agents, type Trouble } from './agents';
import { Mortality, type Death } from './dying';
import { FUNCTIONS, type AllDeps } from './functions';

export const SOURCE = 'study:PRJEB1';
export const BATCH = 'study-PRJEB1.1.1';
export const RUNS = [runOf(1), runOf(2)];

export const SCHEDULES = ['heartbeat', 'sweep-results', 'reap-workers'] as const;
export type Schedule = (typeof SCHEDULES)[number];

export interface Story {
  readonly world: World;
  readonly agents: Agents;
  readonly mortality: Mortality;
  /** A minute: the schedules that come tick, workers speak, waits run out. */
  minute(schedules?: readonly Schedule[]): Promise<void>;
}
const MOST_MINUTES = 600;
/** A synchronous answer is lost with its process: API Gateway says 502. */
const BAD_GATEWAY = { statusCode: 502, body: '' };
/** Lambda tries an asynchronous call three times in all. */
const EVENT_TRIES = 3;

function depsOf({ deps, objects }: World): AllDeps {
  return {
    ...deps,
    gate: {
      ...deps.gate,
      disk: async () => ({ outcome: 'answered', answer: { gate: 1, freeBytes: 1e15, totalBytes: 1e15, path: '/home' } }),
    },
    caps: {
      ...{ total: 9, pools: { scheduled: 9, manual: 9 }, providers: { slurm: 9, droplet: 9 } },
      ...{ homeFreeBytesMin: 0, homeFactor: 1, cyclesAtOnce: 0 },
    },
    prices: async () => (name) => ({ dollarsPerHour: name === 'droplet' ? 0.5 : 0, egressDollarsPerGib: 0 }),
    master: () => deps.secrets.get('master'),
    links: async (key) => ({ spec: { url: `https://bucket.example/${key}` } }),
    putLinks: objects.links,
    getLink: objects.getLink,
    archive: { serves: async () => ({ outcome: 'same' }) },
    rules: { ...HOLD_RULES, holdSeconds: 72 * 3600 },
    early: EARLY_RULES,
    retention: { rawDays: 30, listingDays: 30, jobDays: 30 },
    versions: { list: async () => [], remove: async () => undefined },
    moving: { partition: 'data' },
  };
}

/** EventBridge: every end that an execution did not come to by itself is told once, and tried a few times. */
async function tellEnds({ machines }: World, told: Set<string>, call: (event: object) => Promise<unknown>): Promise<void> {
  for (const { machine, name, status } of machines.executions) {
    if (status === 'RUNNING' || status === 'SUCCEEDED' || told.has(`${machine}/${name}`)) continue;
    told.add(`${machine}/${name}`);
    const detail = { status, name, stateMachineArn: `arn:test:${machine}`, executionArn: name };
    for (let tries = 0; tries < EVENT_TRIES; tries += 1) {
      if (
        await call({ detail }).then(
          () => true,
          () => false,
        )
      )
        break;
    }
    await machines.settled();
  }
}

export async function begin(
  provider: 'slurm' | 'droplet',
  death?: Death,
  prepare: (world: World) => Promise<void> = async () => undefined,
  trouble?: Trouble,
): Promise<Story> {
  const world = lifeWorld();
  await prepare(world);
  const mortality = new Mortality(death);
  const deps = depsOf(world);
  const call = (name: string, payload: unknown): Promise<unknown> =>
    mortality.run(name, deps, async (given) => FUNCTIONS[name]?.(given)(payload as never));
  Object.assign(
    world.handlers,
    Object.fromEntries(Object.keys(FUNCTIONS).map((name) => [name, (payload: unknown) => call(name, payload)])),
  );
  const post = async (event: object) => (await call('AcceptCallback', event).catch(() => BAD_GATEWAY)) as typeof BAD_GATEWAY;
  const agents = agentsOf(world, post, trouble);
  const told = new Set<string>();
  await world.plan(SOURCE, [RUNS]);
  const event = { entityId: BATCH, sourceId: SOURCE, at: world.now().toISOString(), type: 'test', actor: 'test' };
  await world.stores.batches.change(BATCH, { from: 'planned', set: { providers: [provider] }, event });
  const minute = async (schedules: readonly Schedule[] = SCHEDULES): Promise<void> => {
    for (const [at, machine] of schedules.entries()) {
      const id = `${machine}-${world.now().toISOString()}-${at}`;
      await world.machines.start(machine, id, { id });
      await world.machines.settled();
      await tellEnds(world, told, (ended) => call('SettleExecution', ended));
    }
    await agents.speak();
    await tellEnds(world, told, (ended) => call('SettleExecution', ended));
    world.pass(60);
    await world.machines.timeOutOverdue();
    await tellEnds(world, told, (ended) => call('SettleExecution', ended));
  };
  return { world, agents, mortality, minute };
}

const isOver = async ({ world: { stores, machines, cluster, away } }: Story): Promise<boolean> => {
  const source = await stores.sources.get(SOURCE);
  const working =
    machines.executions.some(({ status }) => status === 'RUNNING') || cluster.open('run').length > 0 || away.machines.size > 0;
  const marks = (await stores.reaps.report())?.marks ?? [];
  return source?.phase === 'idle' && !working && marks.length === 0 && (await stores.workers.alive()).length === 0;
};

/** Until nothing is left to do, then some minutes more, in which nothing may happen. @returns minutes that it took */
export async function play(story: Story): Promise<number> {
  let minutes = 0;
  for (; !(await isOver(story)); minutes += 1) {
    if (minutes === MOST_MINUTES) throw new Error('it does not come to an end');
    await story.minute();
  }
  for (let more = 0; more < 2; more += 1) await story.minute();
  return minutes;
}
