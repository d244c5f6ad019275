/** Two sites race for many batches; one of them dies. */
import { memoryMachines } from '../../../layers/adapters/fakes/machines';
import { memoryObjects } from '../../../layers/adapters/fakes/objects';
import type { Stores } from '../../../layers/core/ports/stores';
import { claimBatches, type ClaimDeps } from '../../../layers/core/sites/claim-batches';
import { addSite } from '../../../layers/core/sites/register';
import { changeBatch } from '../../../layers/core/use-cases/change-status';
import { batch, event, newSourceId, source } from '../stores/samples';

const AT_ONCE = 20;
const START = Date.parse('2026-11-21T08:00:00.000Z');
const LEASE_SECONDS = 900;
const OFFER = { cpus: 8, memoryMb: 8_000, timeMinutes: 600, bytes: 1e12 };
const stage = {
  name: 'fetch',
  pipeline: 'fetch',
  revision: 'a'.repeat(12),
  parameters: {},
  resources: { cpus: 1, memoryMb: 1, timeMinutes: 1 },
};

let time = START;
const objects = memoryObjects();
const machines = memoryMachines();

const depsOf = (stores: Stores): ClaimDeps => ({
  ...{ stores, objects, machines, now: () => new Date(time), installation: 'race', leaseSeconds: LEASE_SECONDS },
  secrets: { get: async (name) => (name === 'base' ? 'https://api.example' : 'm'.repeat(32)) },
  caps: {
    ...{ total: 5_000, pools: { scheduled: 5_000, manual: 1 }, providers: { site: 5_000 } },
    ...{ homeFreeBytesMin: 0, homeFactor: 1, cyclesAtOnce: 1 },
  },
  budget: { dollarsPerDay: 1, timeZone: 'UTC' },
  settings: { masterSecretName: 'master', baseUrlParameter: 'base', startDeadlineSeconds: 600 },
});

async function plan(stores: Stores, batches: number): Promise<void> {
  const sourceId = newSourceId();
  await stores.sources.add(source(sourceId, { listingCycle: 1, phase: 'running' }), event(sourceId, 'added'));
  const items = Array.from({ length: batches }, (_, place) => batch(sourceId, place + 1, { providers: ['site'] }));
  for (const { batchId, planKey } of items) {
    const accession = `ERR${String(1_000_000 + Number(batchId.split('.')[2]))}`;
    const files = [{ name: 'a.gz', url: 'https://ena.example/a', bytes: 1, md5: 'b'.repeat(32) }];
    const runs = [{ accession, filesHash: 'c'.repeat(64), files, metadata: {} }];
    const fields = { batchId, sourceId, cycle: 1, parents: [], inputs: [], pool: 'scheduled', priority: 0, providers: ['site'], bytes: 1 };
    await objects.putJson(planKey, { v: 1, ...fields, stages: [stage], runs });
  }
  await stores.batches.addPlanned(items);
  await stores.home.put({ freeBytes: 1e15, totalBytes: 1e15, path: '/', measuredAt: new Date(START).toISOString() });
}

/** Asks until nothing is left. */
async function pull(stores: Stores, name: string): Promise<readonly string[]> {
  const site = await stores.sites.get(name);
  if (site === undefined) throw new Error(`no site ${name}`);
  const held: string[] = [];
  for (let asked = 0; ; asked += 1) {
    const nonce = `${name}-${time}-${asked}`.padStart(16, '0');
    const { claims, waiting } = await claimBatches(depsOf(stores), site, { nonce, most: AT_ONCE, offer: OFFER });
    held.push(...claims.map(({ batchId }) => batchId));
    if (claims.length === 0 && Object.keys(waiting).every((reason) => reason !== 'taken')) break;
  }
  return held;
}

export const sitesRace = (given: () => Stores, batches: number): void => {
  test('each batch is held by one site at a time, and what a dead site held comes back once', async () => {
    const stores = given();
    const deps = depsOf(stores);
    await plan(stores, batches);
    for (const name of ['north', 'south']) await addSite(deps, { name, claims: 1_000 }, `token of ${name}`, 'ada');
    const [north, south] = await Promise.all([pull(stores, 'north'), pull(stores, 'south')]);
    expect(north.length + south.length).toBe(batches);
    expect(new Set([...north, ...south]).size).toBe(batches);
    const holders = new Map((await stores.workers.alive()).map(({ batchId, site }) => [batchId, site]));
    expect(north.filter((batchId) => holders.get(batchId) !== 'north')).toEqual([]);
    expect(south.filter((batchId) => holders.get(batchId) !== 'south')).toEqual([]);
    const quotas = (await stores.workers.counters()).filter(({ scope }) => scope.startsWith('site/'));
    expect(Object.fromEntries(quotas.map(({ scope, workers }) => [scope, workers]))).toEqual({
      'site/north': north.length,
      'site/south': south.length,
    });
    // North dies: its leases end, and of what it held at first, whoever settles its attempts first, and again, gives each batch back once.
    time += (LEASE_SECONDS + 1) * 1000;
    const late = await stores.workers.lease(
      `${north[0] ?? ''}.a1`,
      'north',
      new Date(time).toISOString(),
      new Date(time + 1e6).toISOString(),
    );
    expect(late.outcome).toBe('conflict');
    const notBefore = new Date(time).toISOString();
    const dead = north.slice(0, 40);
    for (const batchId of dead) {
      const back = () => changeBatch(deps, batchId, 'retry', { actor: 'settle-batch', where: { attempt: 1 }, set: { notBefore } });
      const answers = await Promise.all([back(), back()]);
      expect(answers.filter(({ outcome }) => outcome === 'changed')).toHaveLength(1);
    }
    await stores.home.put({ freeBytes: 1e15, totalBytes: 1e15, path: '/', measuredAt: new Date(time).toISOString() });
    await stores.sites.note('south', { claims: 2_000 });
    expect([...(await pull(stores, 'south'))].sort()).toEqual([...dead].sort());
  }, 300_000);
};
