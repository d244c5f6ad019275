/** Workers that keep their results: how those come home, and what is never done before they are. */
import { probeJobsHandler } from '../../../../functions/probe-jobs/handler';
import { attemptKeyOf, freeSignatureOf } from '../../../../layers/core/callbacks/keys';
import { enrolWorker, giveLinks, hearCallback, type CallbackDeps } from '../../../../layers/core/callbacks/serve';
import { rescueHold } from '../../../../layers/core/use-cases/holds';
import { MASTER, received } from '../../core/callbacks/messages';
import { PULL_KEY } from './cluster';
import { lifeWorld, runOf, type World } from './world';

const SOURCE = 'study:PRJEB1';
const BATCH = 'study-PRJEB1.1.1';
const WORKER = `${BATCH}.a1`;
const RUN = `${WORKER}.fetch`;
const SSH = { host: '192.0.2.7', port: 22, user: 'root', hostKey: `ssh-ed25519 ${'B'.repeat(68)}` };

async function dispatched(prepare: (world: World) => void = () => undefined): Promise<World> {
  const world = lifeWorld();
  prepare(world);
  await world.plan(SOURCE, [[runOf(1), runOf(2)]]);
  await world.dispatch('droplet');
  return world;
}
const callbackDeps = (world: World): CallbackDeps => ({
  ...world.deps,
  master: async () => MASTER,
  links: async (key) => ({ spec: { url: `https://bucket.example/${key}` } }),
  putLink: async (key) => `https://bucket.example/put/${key}`,
});
let seq = 0;
async function say(world: World, kind: string, body: object = {}): Promise<Record<string, unknown>> {
  seq += 1;
  const message = { v: 1, jobId: RUN, attempt: 1, seq, sentAt: 'x', kind, body };
  const { body: answer } = await hearCallback(callbackDeps(world), received(message));
  await world.machines.settled();
  return answer;
}
const finished = (world: World) =>
  say(world, 'finished', {
    ...{ v: 1, jobId: RUN, kind: 'run', result: 'finished', startedAt: 'x', endedAt: 'y', exitCode: 0 },
    runs: [1, 2].map((number) => ({ accession: runOf(number).accession, result: 'done' })),
  });
/** What the heartbeat does about what is silent. */
async function probe(world: World, seconds = 60): Promise<void> {
  world.pass(seconds);
  await probeJobsHandler(world.deps)({});
  await world.machines.settled();
}
const worker = (world: World) => world.stores.workers.get(WORKER);
const batch = (world: World) => world.stores.batches.get(BATCH);

test('its job comes by a link, with the key that may pull and without secrets', async () => {
  const world = await dispatched();
  const document = JSON.parse(world.objects.text(`attempts/${WORKER}/spec.json`) ?? '') as Record<string, unknown>;
  expect(document).toMatchObject({ jobId: RUN, key: `test.${RUN}`, kind: 'run', spec: { pull: { publicKey: PULL_KEY }, reuse: [] } });
  expect(document).not.toHaveProperty('enrolment');
  const { enrolment } = world.away.requests[0] ?? {};
  const request = { v: 1, jobId: RUN, token: enrolment?.token, nonce: 'n'.repeat(32) };
  const answer = await enrolWorker({ ...callbackDeps(world), master: async () => 'm'.repeat(32) }, Buffer.from(JSON.stringify(request)));
  expect(answer.body).toMatchObject({ links: { spec: { url: `https://bucket.example/attempts/${WORKER}/spec.json` } } });
  expect(await worker(world)).toMatchObject({ status: 'live', dollarsPerHour: 0.25, provider: 'droplet' });
});

test('its results are pulled from where it said first, verified, and only then is it destroyed', async () => {
  const world = await dispatched();
  await say(world, 'started', { ssh: SSH });
  expect(await finished(world)).toMatchObject({ order: 'wait', accepted: true });
  expect(world.cluster.jobs.get(`${WORKER}.sweep-1`)?.request).toMatchObject({
    ...{ kind: 'sweep', resources: { partition: 'data' } },
    spec: { pull: { ...SSH, path: `${WORKER}/fetch` }, staging: `staging/${WORKER}/fetch` },
  });
  expect(world.away.machines.size).toBe(1);
  await world.cluster.finishVerify(`${WORKER}.sweep-1`);
  expect(world.away.machines.size).toBe(0);
  expect(await worker(world)).toMatchObject({ status: 'gone' });
  expect(await batch(world)).toMatchObject({ status: 'complete', completeRuns: 2 });
});

test('a sweep that fails keeps the machine, which is told to wait; what is verified may be freed, by a signed list', async () => {
  const world = await dispatched();
  await say(world, 'started', { ssh: SSH });
  await finished(world);
  await world.cluster.lose(`${WORKER}.sweep-1`, 'worker-unreachable');
  expect(await worker(world)).toMatchObject({ status: 'ready', sweepFailures: 1 });
  expect(await say(world, 'alive')).toMatchObject({ order: 'wait' });
  world.away.silent = true;
  world.pass(30);
  await world.machines.start('sweep-results', 'tick', { id: 'tick' });
  await world.machines.settled();
  await world.cluster.finishVerify(`${WORKER}.sweep-2`, { [runOf(2).accession]: 'md5-mismatch' });
  const verified = [runOf(1).accession];
  const signature = freeSignatureOf(attemptKeyOf(MASTER, RUN, 1), RUN, verified);
  expect(await say(world, 'alive')).toMatchObject({ order: 'free', verified, signature });
  // Its provider cannot be asked: it is *destroying* and counts as alive until it is known to be gone.
  expect(await worker(world)).toMatchObject({ status: 'destroying' });
  world.away.silent = false;
  await probe(world);
  await probe(world);
  expect(await worker(world)).toMatchObject({ status: 'gone' });
  expect(await batch(world)).toMatchObject({ status: 'planned', attempt: 1 });
});

test('another address or host key than the first is not pulled from, and a person is asked', async () => {
  const world = await dispatched();
  await say(world, 'started', { ssh: SSH });
  await say(world, 'started', { ssh: { ...SSH, hostKey: `ssh-ed25519 ${'C'.repeat(68)}` } });
  expect(await world.stores.sources.get(SOURCE)).toMatchObject({ needsAttention: { reason: 'host-key-changed' } });
  await finished(world);
  expect(world.cluster.jobs.get(`${WORKER}.sweep-1`)?.request.spec).toMatchObject({ pull: SSH });
});

test('a machine that was taken away is gone after several looks, and its runs are planned again', async () => {
  const world = await dispatched();
  await say(world, 'started', { ssh: SSH });
  world.away.machines.clear();
  await probe(world);
  expect(await world.stores.jobs.get(RUN)).toMatchObject({ status: 'started', missingLooks: 1 });
  await probe(world);
  await probe(world);
  expect(await world.stores.jobs.get(RUN)).toMatchObject({ status: 'lost', cause: 'machine-gone' });
  expect(await worker(world)).toMatchObject({ status: 'gone' });
  expect(await batch(world)).toMatchObject({ status: 'planned', attempt: 1, attempts: [{ cause: 'machine-gone' }] });
  expect(world.cluster.open('sweep')).toEqual([]);
});

test('silence of the provider is no absence', async () => {
  const world = await dispatched();
  await say(world, 'started', { ssh: SSH });
  world.away.silent = true;
  for (let look = 0; look < 5; look += 1) await probe(world);
  const job = await world.stores.jobs.get(RUN);
  expect(job?.status).toBe('started');
  expect(job?.missingSince).toBeUndefined();
});

test('past its deadline the job is over, and what the machine holds is swept before it is destroyed', async () => {
  const world = await dispatched();
  await say(world, 'started', { ssh: SSH });
  await probe(world, 24 * 3600);
  expect(await world.stores.jobs.get(RUN)).toMatchObject({ status: 'lost', cause: 'deadline-passed' });
  expect(world.away.machines.size).toBe(1);
  expect(world.cluster.open('sweep')).toEqual([`${WORKER}.sweep-1`]);
  await world.cluster.finishVerify(`${WORKER}.sweep-1`);
  expect(world.away.machines.size).toBe(0);
  expect(await batch(world)).toMatchObject({ status: 'complete' });
});

test('a create whose answer is lost makes no second machine, whoever runs again', async () => {
  const world = await dispatched(({ away }) => away.loseAnswer('now'));
  await world.handlers['ProvisionWorker']?.({ batchId: BATCH, attempt: 1, workerId: WORKER } as never);
  expect(world.away.requests.map(({ askedBefore }) => askedBefore)).toEqual([false, true]);
  expect(world.away.machines.size).toBe(1);
});

test('a machine that is born after its worker was given up is destroyed', async () => {
  const world = await dispatched(({ away }) => away.loseAnswer('later'));
  for (let look = 0; look < 4; look += 1) await world.machines.timeOut('AwaitStarted');
  for (let look = 0; look < 3; look += 1) await probe(world);
  expect(await worker(world)).toMatchObject({ status: 'gone' });
  world.away.bear();
  expect(world.away.machines.size).toBe(1);
  await probe(world);
  expect(world.away.machines.size).toBe(0);
});

test('a held machine puts its results into the bucket when a person asks, and is let go when all are there', async () => {
  const world = await dispatched();
  await say(world, 'started', { ssh: SSH });
  await finished(world);
  await world.cluster.lose(`${WORKER}.sweep-1`, 'host-key-changed');
  expect(await worker(world)).toMatchObject({ status: 'held' });
  const ask = () => {
    const { rawBody, signature, path } = received(
      { v: 1, files: [{ path: 'ERR000001/1.fastq.gz', bytes: 100 }] },
      { path: `/callbacks/${RUN}/links`, jobId: `${RUN}/links` },
    );
    return giveLinks(callbackDeps(world), { rawBody, signature, path, jobId: RUN });
  };
  expect(await ask()).toMatchObject({ status: 409 });
  await rescueHold(world.deps, WORKER, 'person');
  expect(await say(world, 'alive')).toMatchObject({ order: 'rescue' });
  const url = `https://bucket.example/put/rescued/${WORKER}/ERR000001/1.fastq.gz`;
  expect(await ask()).toMatchObject({ status: 200, body: { links: [{ path: 'ERR000001/1.fastq.gz', url }] } });
  await say(world, 'rescued', { files: 1, bytes: 100, failed: 1 });
  expect(await worker(world)).toMatchObject({ status: 'held' });
  expect(await say(world, 'rescued', { files: 2, bytes: 200, failed: 0 })).toMatchObject({ accepted: true });
  await probe(world);
  expect(world.away.machines.size).toBe(0);
});
