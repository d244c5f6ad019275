/** Workers that keep their results: how those come home, and what is never done before they are. */
import { attemptKeyOf, freeSignatureOf } from '../../../../layers/core/callbacks/keys';
import { enrolWorker } from '../../../../layers/core/callbacks/serve';
import { MASTER } from '../../core/callbacks/messages';
import { awayLife, BATCH, RUN, SOURCE, SSH, WORKER } from './away-life';
import { PULL_KEY } from './cluster';
import { runOf } from './world';

test('its job comes by a link, with the key that may pull and without secrets', async () => {
  const world = await awayLife();
  const document = JSON.parse(world.objects.text(`attempts/${WORKER}/spec.json`) ?? '') as Record<string, unknown>;
  expect(document).toMatchObject({ jobId: RUN, key: `test.${RUN}`, kind: 'run', spec: { pull: { publicKey: PULL_KEY }, reuse: [] } });
  expect(document).not.toHaveProperty('enrolment');
  const { enrolment } = world.away.requests[0] ?? {};
  const request = { v: 1, jobId: RUN, token: enrolment?.token, nonce: 'n'.repeat(32) };
  const answer = await enrolWorker({ ...world.callbacks, master: async () => 'm'.repeat(32) }, Buffer.from(JSON.stringify(request)));
  expect(answer.body).toMatchObject({ links: { spec: { url: `https://bucket.example/attempts/${WORKER}/spec.json` } } });
  expect(await world.worker()).toMatchObject({ status: 'live', dollarsPerHour: 0.25, provider: 'droplet' });
});

test('its results are pulled from where it said first, verified, and only then is it destroyed', async () => {
  const world = await awayLife();
  await world.say('started', { ssh: SSH });
  expect(await world.finished()).toMatchObject({ order: 'wait', accepted: true });
  expect(world.cluster.jobs.get(`${WORKER}.sweep-1`)?.request).toMatchObject({
    ...{ kind: 'sweep', resources: { partition: 'data' } },
    spec: { pull: { ...SSH, path: `${WORKER}/fetch` }, staging: `staging/${WORKER}/fetch` },
  });
  expect(world.away.machines.size).toBe(1);
  await world.cluster.finishVerify(`${WORKER}.sweep-1`);
  expect(world.away.machines.size).toBe(0);
  expect(await world.worker()).toMatchObject({ status: 'gone' });
  expect(await world.batch()).toMatchObject({ status: 'complete', completeRuns: 2 });
});

test('a sweep that fails keeps the machine, which is told to wait; what is verified may be freed, by a signed list', async () => {
  const world = await awayLife();
  await world.say('started', { ssh: SSH });
  await world.finished();
  await world.cluster.lose(`${WORKER}.sweep-1`, 'worker-unreachable');
  expect(await world.worker()).toMatchObject({ status: 'ready', sweepFailures: 1 });
  expect(await world.say('alive')).toMatchObject({ order: 'wait' });
  world.away.silent = true;
  world.pass(30);
  await world.machines.start('sweep-results', 'tick', { id: 'tick' });
  await world.machines.settled();
  await world.cluster.finishVerify(`${WORKER}.sweep-2`, { [runOf(2).accession]: 'md5-mismatch' });
  const verified = [runOf(1).accession];
  const signature = freeSignatureOf(attemptKeyOf(MASTER, RUN, 1), RUN, verified);
  expect(await world.say('alive')).toMatchObject({ order: 'free', verified, signature });
  // Its provider cannot be asked: it is *destroying* and counts as alive until it is known to be gone.
  expect(await world.worker()).toMatchObject({ status: 'destroying' });
  world.away.silent = false;
  await world.probe();
  await world.probe();
  expect(await world.worker()).toMatchObject({ status: 'gone' });
  expect(await world.batch()).toMatchObject({ status: 'planned', attempt: 1 });
});

test('another address or host key than the first is not pulled from, and a person is asked', async () => {
  const world = await awayLife();
  await world.say('started', { ssh: SSH });
  await world.say('started', { ssh: { ...SSH, hostKey: `ssh-ed25519 ${'C'.repeat(68)}` } });
  expect(await world.stores.sources.get(SOURCE)).toMatchObject({ needsAttention: { reason: 'host-key-changed' } });
  await world.finished();
  expect(world.cluster.jobs.get(`${WORKER}.sweep-1`)?.request.spec).toMatchObject({ pull: SSH });
});

test('a machine that was taken away is gone after several looks, and its runs are planned again', async () => {
  const world = await awayLife();
  await world.say('started', { ssh: SSH });
  world.away.machines.clear();
  await world.probe();
  expect(await world.stores.jobs.get(RUN)).toMatchObject({ status: 'started', missingLooks: 1 });
  await world.probe();
  await world.probe();
  // It spoke three minutes ago: whose list this is may be in doubt, that it lives is not.
  expect(await world.stores.jobs.get(RUN)).toMatchObject({ status: 'started', missingLooks: 3 });
  await world.probe(120);
  expect(await world.stores.jobs.get(RUN)).toMatchObject({ status: 'lost', cause: 'machine-gone' });
  expect(await world.worker()).toMatchObject({ status: 'gone' });
  expect(await world.batch()).toMatchObject({ status: 'planned', attempt: 1, attempts: [{ cause: 'machine-gone' }] });
  expect(world.cluster.open('sweep')).toEqual([]);
});

test('silence of the provider is no absence', async () => {
  const world = await awayLife();
  await world.say('started', { ssh: SSH });
  world.away.silent = true;
  for (let look = 0; look < 5; look += 1) await world.probe();
  const job = await world.stores.jobs.get(RUN);
  expect(job?.status).toBe('started');
  expect(job?.missingSince).toBeUndefined();
});

test('past its deadline the job is over, and what the machine holds is swept before it is destroyed', async () => {
  const world = await awayLife();
  await world.say('started', { ssh: SSH });
  await world.probe(24 * 3600);
  expect(await world.stores.jobs.get(RUN)).toMatchObject({ status: 'lost', cause: 'deadline-passed' });
  expect(world.away.machines.size).toBe(1);
  expect(world.cluster.open('sweep')).toEqual([`${WORKER}.sweep-1`]);
  await world.cluster.finishVerify(`${WORKER}.sweep-1`);
  expect(world.away.machines.size).toBe(0);
  expect(await world.batch()).toMatchObject({ status: 'complete' });
});

test('a create whose answer is lost makes no second machine, whoever runs again', async () => {
  const world = await awayLife(({ away }) => away.loseAnswer('now'));
  await world.handlers['ProvisionWorker']?.({ batchId: BATCH, attempt: 1, workerId: WORKER } as never);
  expect(world.away.requests.map(({ askedBefore }) => askedBefore)).toEqual([false, true]);
  expect(world.away.machines.size).toBe(1);
});

test('a machine that is born after its worker was given up is destroyed by the reaper, at its second look', async () => {
  const world = await awayLife(({ away }) => away.loseAnswer('later'));
  for (let look = 0; look < 4; look += 1) await world.machines.timeOut('AwaitStarted');
  for (let look = 0; look < 3; look += 1) await world.probe();
  expect(await world.worker()).toMatchObject({ status: 'gone' });
  world.away.bear();
  expect(world.away.machines.size).toBe(1);
  await world.probe();
  await world.reap();
  expect(world.away.machines.size).toBe(1);
  await world.reap();
  expect(world.away.machines.size).toBe(0);
});

test('the dearest that it may cost is reserved before anybody knows which machine it gets, then what that one costs at most', async () => {
  // 600 s to start, four times; 10 min of work and 900 s; an hour to be destroyed: two hours begun and a bit.
  const waiting = await awayLife(({ away }) => away.loseAnswer('now'));
  expect(await waiting.worker()).toMatchObject({ status: 'requested', reservedDollars: 1.5 });
  const known = await awayLife();
  expect(await known.worker()).toMatchObject({ status: 'live', reservedDollars: 0.75 });
});

test('a signed manifest that matches a damaged file counts for nothing: what home refuses is fetched again by another', async () => {
  const world = await awayLife();
  await world.say('started', { ssh: SSH });
  const short = { name: '1.fastq.gz', bytes: 90, md5: 'c'.repeat(32) };
  await world.finished({ [runOf(1).accession]: [short] });
  await world.cluster.finishVerify(`${WORKER}.sweep-1`, { [runOf(1).accession]: 'size-mismatch' });
  expect(await world.batch()).toMatchObject({ status: 'planned', attempt: 1, completeRuns: 1, attempts: [{ cause: 'runs-failed' }] });
  world.pass(60);
  await world.dispatch('droplet');
  const manifest = JSON.parse(world.objects.text(`attempts/${BATCH}.a2/manifest.json`) ?? '') as { runs: readonly { accession: string }[] };
  expect(manifest.runs.map(({ accession }) => accession)).toEqual([runOf(1).accession]);
});
