import type { Worker } from '../../../layers/core/entities';
import { documentKeyOf } from '../../../layers/core/use-cases/keys';
import { batch, event, job, source, worker } from '../../contract/stores/samples';
import { containing } from '../matchers';
import { installationForEach, trawl } from './installation';

const ID = 'study:PRJEB28810';
const BATCH = 'study-PRJEB28810.1.1';
const WORKER = `${BATCH}.a1`;
const installation = installationForEach();

async function hold(with_: Partial<Worker> = {}): Promise<void> {
  const { stores } = installation().api;
  await stores.sources.add(source(ID), event(ID, 'source-added'));
  await stores.batches.addPlanned([batch(ID, 1)]);
  await stores.workers.admit({
    worker: worker(BATCH, ID, { status: 'held', sweepFailures: 5, heldAt: '2026-11-21T08:30:00.000Z', heldCause: 'home-full', ...with_ }),
    batch: { batchId: BATCH, from: 'planned', set: { status: 'partial' }, event: event(ID, 'admit') },
    caps: [],
  });
  const away = with_.provider === 'droplet' ? { documentKey: documentKeyOf(WORKER) } : {};
  await stores.jobs.add(job(WORKER, ID, { status: 'finished', ...away }));
}
const statusOf = async () => (await installation().api.stores.workers.get(WORKER))?.status;

test('list says why, since and until when, what it costs, and what to do', async () => {
  expect(await trawl('hold', 'list')).toMatchObject({ code: 0, stdout: 'Nothing is held.\n' });
  await hold({ provider: 'droplet', dollarsPerHour: 0.5 });
  const { code, stdout } = await trawl('hold', 'list');
  expect([code, stdout]).toEqual([0, containing(WORKER)]);
  for (const part of ['home-full', '2026-11-21T08:30:00.000Z', '2026-11-24T08:30:00.000Z', '1.00 so far', 'trawl hold retry'])
    expect(stdout).toContain(part);
  expect(JSON.parse((await trawl('hold', 'list', '--json')).stdout)).toMatchObject([
    { workerId: WORKER, stage: 'fetch', reproducible: true },
  ]);
});

test('status leads to what is held', async () => {
  await hold();
  expect((await trawl('status')).stdout).toContain('"trawl hold list"');
});

test.each([
  ['retry', [], 'ready', 'it is swept once more'],
  ['rescue', [], 'held', 'put its results into the bucket'],
  ['give-up', ['--yes'], 'destroying', `"trawl clear ${ID}"`],
] as const)('%s does it and says so', async (action, flags, status, said) => {
  await hold({ provider: 'droplet' });
  expect(await trawl('hold', action, WORKER, ...flags)).toMatchObject({ code: 0, stdout: containing(said), stderr: '' });
  expect(await statusOf()).toBe(status);
});

test('the answer comes as JSON, and nothing else with it', async () => {
  await hold();
  const { stdout } = await trawl('hold', 'give-up', WORKER, '--yes', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ worker: { workerId: WORKER, status: 'destroying' } });
});

test('give-up without --yes sends nothing', async () => {
  await hold();
  expect(await trawl('hold', 'give-up', WORKER)).toMatchObject({ code: 2, stdout: '' });
  expect(installation().requests).toEqual([]);
  expect(await statusOf()).toBe('held');
});

test('what is refused ends 1 with the reason and what to look at', async () => {
  expect(await trawl('hold', 'retry', WORKER)).toEqual({
    code: 1,
    stdout: '',
    stderr: `trawl: there is no worker ${WORKER} (404)\n  → see "trawl hold list" for what is held\n`,
  });
  await hold();
  expect(await trawl('hold', 'rescue', WORKER)).toMatchObject({
    code: 1,
    stderr: containing('its results lie on the cluster already (409)'),
  });
});

test('a token that may only look is told so', async () => {
  await hold();
  process.env['TRAWL_TOKEN'] = 'viewer-token';
  expect(await trawl('hold', 'retry', WORKER)).toMatchObject({ code: 4, stderr: containing('an operator token is needed') });
  expect(await statusOf()).toBe('held');
});
