/** One installation in this process for the life of one batch: the machines' own text and the real handlers over contract-tested stores, the real gate, and workers that call back over HTTP. */
import { apiRouter } from '../../../layers/runtime/api-router';
import { memoryObjects } from '../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../layers/adapters/fakes/stores';
import { siteProvider } from '../../../layers/adapters/site/provider';
import { slurmProvider } from '../../../layers/adapters/slurm/provider';
import { cancelBatches } from '../../../layers/core/api/cancel-batches';
import { siteClaimRoutes } from '../../../layers/core/api/site-claim-routes';
import { sourceKeys } from '../../../layers/core/discovery/keys';
import { EARLY_RULES } from '../../../layers/core/dispatch/judge-early';
import { HOLD_RULES } from '../../../layers/core/dispatch/judge-hold';
import type { Gate } from '../../../layers/core/ports/outside';
import { addSite } from '../../../layers/core/sites/register';
import type { PlannedRun } from '../../../layers/core/wire';
import { pipelinesOf } from '../../../infra/settings';
import { PROJECT_ROOT } from '../../world/setup/install-once';
import { waitFor } from '../../world/cluster/wait';
import { FUNCTIONS, type AllDeps } from '../../unit/functions/crash/functions';
import { aslRunner } from '../../unit/functions/life/asl-runner';
import { writeLines } from '../../unit/functions/life/lines';
import { keyOf, laidPlan, sourceOf, STAGE as ANY_STAGE } from '../../unit/functions/life/planned';
import { startOutside, type Answer, type Outside } from './outside';

export const LEASE_SECONDS = 300;
const BEAT_MILLISECONDS = 1_000;
const WAIT_SECONDS = 240;
const START_DEADLINE_SECONDS = 600;
const STAGE = {
  ...ANY_STAGE,
  revision: (pipelinesOf(PROJECT_ROOT)['fetch'] ?? '').slice(0, 12),
  resources: { cpus: 1, memoryMb: 900, timeMinutes: 30 },
};
const BUDGET = { dollarsPerDay: 1_000, timeZone: 'UTC' };
const MASTER = 'm'.repeat(32);

export interface Life {
  readonly installation: string;
  readonly sourceId: string;
  readonly batchId: string;
  readonly stores: ReturnType<typeof memoryStores>;
  readonly objects: ReturnType<typeof memoryObjects>;
  readonly outside: Outside;
  readonly gate: Gate;
  /** Plans one batch of these runs. */
  plan(runs: readonly PlannedRun[]): Promise<void>;
  cancel(): Promise<void>;
  /** Trawl's own clock is so much further from now on. */
  pass(seconds: number): void;
  /** A site that may claim two batches, by the token that is its name. */
  addSite(name: string): Promise<void>;
  outcomeOf(run: PlannedRun): Promise<string | undefined>;
  until(what: string, done: () => Promise<boolean> | boolean): Promise<void>;
  stop(): Promise<void>;
}

export interface LifeOptions {
  readonly gate: Gate;
  /** Names source and installation: job folders of one cluster are by source. */
  readonly number: number;
  readonly provider: 'slurm' | 'site';
}

/** The parts of a function's surroundings that are neither stores nor a way to somewhere. */
const settingsOf = (provider: string) => ({
  caps: {
    ...{ total: 9, pools: { scheduled: 9, manual: 9 }, providers: { [provider]: 9 } },
    ...{ homeFreeBytesMin: 0, homeFactor: 1, cyclesAtOnce: 0 },
  },
  budget: BUDGET,
  settings: { masterSecretName: 'master', baseUrlParameter: 'base' },
  moving: { partition: 'data' },
  rules: { ...HOLD_RULES, holdSeconds: 3_600 },
  early: EARLY_RULES,
  retention: { rawDays: 30, listingDays: 30, jobDays: 30 },
  versions: { list: async () => [], remove: async () => undefined },
  archive: { serves: async () => ({ outcome: 'same' }) as const },
  prices: async () => () => ({ dollarsPerHour: 0, egressDollarsPerGib: 0 }),
  master: async () => MASTER,
});

/** What is said to the address of the installation: workers by their signature, sites by their token. */
function answering(deps: AllDeps) {
  const { settings } = deps;
  const sites = apiRouter(
    siteClaimRoutes({ ...deps, leaseSeconds: LEASE_SECONDS, settings: { ...settings, startDeadlineSeconds: START_DEADLINE_SECONDS } }),
    1 << 20,
  );
  const callbacks = FUNCTIONS['AcceptCallback']?.(deps);
  return async (path: string, body: Buffer, headers: Readonly<Record<string, unknown>>): Promise<Answer> => {
    if (path.startsWith('/site/')) {
      const name = String(headers['authorization']).replace('Bearer ', '');
      const { status, body: said } = await sites({ httpMethod: 'POST', path, body: body.toString() }, { name, role: 'site' });
      return { status, body: JSON.stringify(said) };
    }
    const proxy = path.replace('/callbacks/', '');
    const said = (await callbacks?.({ path, pathParameters: { proxy }, headers, body: body.toString() } as never)) as {
      readonly statusCode: number;
      readonly body: string;
    };
    return { status: said.statusCode, body: said.body };
  };
}

/** The heart beats, sweeps that are due begin, and waits that are over run out, until told to stop. */
function beating(machines: ReturnType<typeof aslRunner>): () => Promise<void> {
  const told = new AbortController();
  const goesOn = (): boolean => !told.signal.aborted;
  const beats = (async () => {
    for (let count = 0; goesOn(); count += 1) {
      for (const machine of ['heartbeat', 'sweep-results'] as const)
        await machines.start(machine, `${machine}-${count}`, { id: `${machine}-${count}` });
      await new Promise((wake) => setTimeout(wake, BEAT_MILLISECONDS));
      await machines.timeOutOverdue();
    }
  })();
  return async () => {
    told.abort();
    await beats;
  };
}

export async function startLife({ gate, number, provider }: LifeOptions): Promise<Life> {
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead * 1_000);
  const [installation, sourceId] = [`life${number}`, `study:PRJEB${number}`];
  const [stores, objects] = [memoryStores(), memoryObjects(now)];
  const functions: Record<string, (payload: never) => Promise<unknown>> = {};
  const timers = new Set<NodeJS.Timeout>();
  const after = (seconds: number, work: () => void): void => void timers.add(setTimeout(work, seconds * 1_000));
  const machines = aslRunner(() => functions, { now, after });
  const deps = { ...settingsOf(provider), stores, objects, machines, gate, now, installation } as unknown as AllDeps;
  const outside = await startOutside(objects, async (...said) => answering(deps)(...said));
  const secrets = { get: async (name: string) => (name === 'base' ? `${outside.url}/` : MASTER) };
  const providers = new Map([
    provider === 'site'
      ? (['site', siteProvider(stores, installation, now)] as const)
      : (['slurm', slurmProvider(gate, { installation, partition: 'work' })] as const),
  ]);
  Object.assign(deps, {
    secrets,
    providers,
    putLinks: outside.links.links,
    getLink: outside.links.getLink,
    links: async (key: string) => ({ spec: { url: await outside.links.getLink(key) } }),
  });
  for (const [name, made] of Object.entries(FUNCTIONS)) functions[name] = made(deps);
  const stopBeating = beating(machines);
  const batchId = `study-PRJEB${number}.1.1`;
  const storyOf = async (): Promise<string> => {
    const [batch, events] = [await stores.batches.get(batchId), await stores.events.ofSource(sourceId, { limit: 100 })];
    return [JSON.stringify(batch), ...[...events.items].reverse().map((event) => JSON.stringify(event))].join('\n');
  };
  return {
    ...{ installation, sourceId, batchId, stores, objects, outside, gate },
    plan: async (runs) => {
      const [laid] = laidPlan(sourceId, [runs], [STAGE], [provider]);
      if (laid === undefined) throw new Error('no batch was planned');
      const event = { entityId: sourceId, sourceId, at: now().toISOString(), type: 'source-added', actor: 'test' };
      await stores.sources.add(sourceOf(sourceId, 1), event);
      await objects.putJson(laid.batch.planKey, laid.plan);
      await writeLines(
        objects,
        sourceKeys(sourceId, 1).included,
        runs.map((run) => ({ ...run, fetchKey: keyOf(run, STAGE), state: 'due' })),
      );
      await stores.batches.addPlanned([laid.batch]);
    },
    cancel: async () => cancelBatches({ stores, objects, now }, await stores.batches.ofSource(sourceId), 'ada'),
    pass: (seconds) => {
      ahead += seconds;
    },
    addSite: async (name) => {
      await addSite({ stores, now }, { name, claims: 2 }, name, 'ada');
    },
    outcomeOf: async (run) => (await stores.outcomes.get([keyOf(run, STAGE)])).get(keyOf(run, STAGE))?.result,
    until: async (what, done) => {
      let story = '';
      await waitFor(
        what,
        WAIT_SECONDS,
        async () => {
          if (await done()) return true;
          story = await storyOf();
          return false;
        },
        () => story,
      );
    },
    stop: async () => {
      await stopBeating();
      for (const timer of timers) clearTimeout(timer);
      await outside.stop();
    },
  };
}
