/** Sites that pull: what one claims it alone holds, brings to the bucket and reports; what it lets go of comes back once. */
import { revokeSite } from '../../../../layers/core/sites/register';
import { containing } from '../../matchers';
import { enrol, LEASE_SECONDS, MASTER, OFFER, siteLife, SOURCE, type SiteLife } from './site-life';
import { runOf } from './world';

const BATCH = 'study-PRJEB1.1.1';
const WORKER = `${BATCH}.a1`;
const batchOf = ({ stores }: SiteLife) => stores.batches.get(BATCH);
const workerOf = ({ stores }: SiteLife) => stores.workers.get(WORKER);
const path = `fetch/${runOf(1).accession}/1.fastq.gz`;

async function claimed() {
  const life = await siteLife();
  const [claim] = await life.claim('north');
  if (claim === undefined) throw new Error('nothing was claimed');
  return { life, claim };
}

test('a claim is a batch with all that its site needs, and with no secret but the token that is spent once', async () => {
  const { life, claim } = await claimed();
  expect(claim).toMatchObject({
    ...{ workerId: WORKER, batchId: BATCH, attempt: 1, runs: 2, leaseSeconds: LEASE_SECONDS },
    enrolment: { url: 'http://127.0.0.1:1/callbacks/enrol' },
  });
  expect(await batchOf(life)).toMatchObject({ status: 'dispatched', attempt: 1 });
  expect(await workerOf(life)).toMatchObject({ provider: 'site', site: 'north', status: 'live', providerRef: 'north', reservedDollars: 0 });
  expect((await enrol(life, claim)).body).toMatchObject({
    order: 'run',
    links: { spec: { url: containing(`attempts/${WORKER}/spec.json`) } },
  });
  const document = life.objects.text(`attempts/${WORKER}/spec.json`) ?? '';
  expect(JSON.parse(document)).toMatchObject({ kind: 'run', spec: { bring: true, reuse: [] } });
  expect(document).not.toContain(MASTER);
});

test('the same request again is answered with the same claim, another finds nothing left', async () => {
  const { life } = await claimed();
  const nonce = '1'.padStart(16, '0');
  const again = await life.ask('north', '/site/claims', { v: 1, nonce, offer: OFFER });
  expect(again.body).toMatchObject({ claims: [{ workerId: WORKER }] });
  expect(await life.claim('south')).toEqual([]);
});

test('results go through the bucket: put by the site, taken home and verified by the cluster, then removed', async () => {
  const { life, claim } = await claimed();
  await life.say(claim, 'started');
  const put = await life.links(claim.jobId, 1, { v: 1, files: [{ path, bytes: 100 }] });
  const url = `https://bucket.example/put/brought/${WORKER}/${path}`;
  expect(put).toMatchObject({ status: 200, body: { links: [{ path, url }] } });
  await life.objects.send(url, Buffer.alloc(100));
  expect((await life.say(claim, 'finished', life.finishedOf(claim, [runOf(1), runOf(2)]))).body).toMatchObject({
    order: 'stop',
    accepted: true,
  });
  expect(await life.links(claim.jobId, 1, { v: 1, files: [{ path, bytes: 100 }] })).toMatchObject({ status: 409 });
  const sweep = `${WORKER}.sweep-1`;
  expect(life.cluster.jobs.get(sweep)?.request.spec).toMatchObject({ pull: { bucket: true, path: `${WORKER}/fetch` } });
  const get = await life.links(sweep, 1, { v: 1, fetch: [path, 'fetch/ERR000009/x'] });
  expect(get.body).toEqual({ v: 1, links: [{ path, bytes: 100, url: `https://bucket.example/get/brought/${WORKER}/${path}` }] });
  await life.ask('north', `/site/claims/${WORKER}/report`, life.finishedOf(claim, []));
  await life.cluster.finishVerify(sweep);
  expect(await batchOf(life)).toMatchObject({ status: 'complete', completeRuns: 2 });
  expect(await workerOf(life)).toMatchObject({ status: 'gone' });
  expect(life.objects.keys().filter((key) => key.startsWith('brought/'))).toEqual([]);
  expect((await life.stores.workers.counters()).map(({ workers }) => workers)).not.toContain(1);
});

test('a claim that is not renewed comes back once, and its site learns that it is over', async () => {
  const { life, claim } = await claimed();
  await life.say(claim, 'started');
  await life.probe(LEASE_SECONDS - 100);
  expect((await life.ask('north', `/site/claims/${WORKER}/renew`)).body).toMatchObject({ order: 'run', leaseSeconds: LEASE_SECONDS });
  await life.probe(LEASE_SECONDS - 100);
  expect(await life.stores.jobs.get(claim.jobId)).toMatchObject({ status: 'started' });
  await life.probe(101);
  expect(await life.stores.jobs.get(claim.jobId)).toMatchObject({ status: 'lost', cause: 'lease-over' });
  await life.cluster.finishVerify(`${WORKER}.sweep-1`, { [runOf(1).accession]: 'missing', [runOf(2).accession]: 'missing' });
  expect(await batchOf(life)).toMatchObject({ status: 'planned', attempts: [{ cause: 'lease-over', place: 'north', provider: 'site' }] });
  expect(await workerOf(life)).toMatchObject({ status: 'gone' });
  for (const verb of ['renew', 'report', 'release']) {
    const body = verb === 'report' ? life.finishedOf(claim, []) : { v: 1 };
    const { status } = await life.ask('north', `/site/claims/${WORKER}/${verb}`, body);
    expect([verb, status]).toEqual([verb, verb === 'renew' ? 410 : 200]);
  }
  expect(await batchOf(life)).toMatchObject({ status: 'planned', attempt: 1 });
  life.pass(60);
  await life.stores.home.put({ freeBytes: 1e12, totalBytes: 2e12, path: '/data', measuredAt: life.now().toISOString() });
  expect(await life.claim('south')).toMatchObject([{ workerId: `${BATCH}.a2`, attempt: 2 }]);
  expect(await life.claim('north')).toEqual([]);
});

test('a site that never began loses its claim too, and nothing is swept', async () => {
  const { life } = await claimed();
  await life.probe(LEASE_SECONDS + 1);
  expect(life.cluster.open('sweep')).toEqual([]);
  expect(await batchOf(life)).toMatchObject({ status: 'planned', attempts: [{ cause: 'lease-over' }] });
});

test('a batch that is given back goes to the next, and no attempt is spent', async () => {
  const { life, claim } = await claimed();
  expect(await life.ask('north', `/site/claims/${WORKER}/release`, { v: 1, detail: 'maintenance' })).toMatchObject({
    body: { accepted: true },
  });
  expect(await life.ask('north', `/site/claims/${WORKER}/release`, { v: 1 })).toMatchObject({ status: 200, body: { accepted: false } });
  expect(await life.stores.jobs.get(claim.jobId)).toMatchObject({ status: 'lost', cause: 'released' });
  expect(await batchOf(life)).toMatchObject({ status: 'planned', attempt: 1, attemptLimit: 4 });
  expect(await workerOf(life)).toMatchObject({ status: 'gone' });
});

test('only the holder may speak of a claim', async () => {
  const { life, claim } = await claimed();
  for (const [verb, body] of [
    ['renew', {}],
    ['report', life.finishedOf(claim, [])],
    ['release', { v: 1 }],
  ] as const)
    expect(await life.ask('south', `/site/claims/${WORKER}/${verb}`, body)).toMatchObject({
      status: 404,
      body: { error: { code: 'claim-unknown' } },
    });
  expect(await life.stores.jobs.get(claim.jobId)).toMatchObject({ status: 'requested' });
  expect(
    await life.ask('north', `/site/claims/${WORKER}/report`, { ...life.finishedOf(claim, []), jobId: `${BATCH}.a1.other` }),
  ).toMatchObject({ status: 422 });
});

test('what a person cancels is told with the next renewal, and is no failure of the site', async () => {
  const { life, claim } = await claimed();
  await life.say(claim, 'started');
  await life.stores.jobs.note(claim.jobId, { stopRequested: true, cause: 'cancel-requested', stopRequestedAt: life.now().toISOString() });
  expect((await life.ask('north', `/site/claims/${WORKER}/renew`)).body).toMatchObject({ order: 'stop' });
  await life.ask('north', `/site/claims/${WORKER}/release`, { v: 1 });
  expect(await life.stores.jobs.get(claim.jobId)).toMatchObject({ status: 'cancelled', cause: 'cancel-requested' });
});

test.each([
  { lacks: 'memory', offer: { memoryMb: 100 }, reason: 'unfit:memory' },
  { lacks: 'space', offer: { bytes: 199 }, reason: 'unfit:bytes' },
  { lacks: 'cpus', offer: { cpus: 1, timeMinutes: 9 }, reason: 'unfit:time' },
  { lacks: 'the pipeline in this revision', offer: { pipelines: { fetch: 'b'.repeat(64) } }, reason: 'unfit:pipeline' },
])('a site that lacks $lacks gets nothing, and is told why', async ({ offer, reason }) => {
  const life = await siteLife();
  const answer = await life.ask('north', '/site/claims', { v: 1, nonce: 'n'.repeat(16), offer: { ...OFFER, ...offer } });
  expect(answer.body).toMatchObject({ claims: [], waiting: { [reason]: 1 } });
  expect(await batchOf(life)).toMatchObject({ status: 'planned' });
});

test('a site holds no more than its quota, whatever it asks for', async () => {
  const life = await siteLife([[runOf(1)], [runOf(2)], [runOf(3)]]);
  expect(await life.claim('north', { most: 20 })).toHaveLength(2);
  expect((await life.ask('north', '/site/claims', { v: 1, nonce: 'q'.repeat(16), offer: OFFER })).body).toMatchObject({
    waiting: { quota: 1 },
  });
  expect(await life.claim('south')).toHaveLength(1);
});

test('nothing is given while the space at home is unknown, the source is paused, or the site is revoked', async () => {
  const life = await siteLife();
  life.pass(400);
  expect((await life.ask('north', '/site/claims', { v: 1, nonce: 'h'.repeat(16), offer: OFFER })).body).toMatchObject({
    waiting: { 'home-unknown': 1 },
  });
  await life.stores.home.put({ freeBytes: 1e12, totalBytes: 2e12, path: '/data', measuredAt: life.now().toISOString() });
  const source = await life.stores.sources.get(SOURCE);
  if (source === undefined) throw new Error('no source');
  const event = { entityId: SOURCE, sourceId: SOURCE, at: life.now().toISOString(), type: 'paused', actor: 'ada' };
  await life.stores.sources.change(source, { paused: true }, event);
  expect((await life.ask('north', '/site/claims', { v: 1, nonce: 'p'.repeat(16), offer: OFFER })).body).toMatchObject({
    waiting: { paused: 1 },
  });
  await revokeSite(life.deps, 'north');
  expect(await life.ask('north', '/site/claims', { v: 1, nonce: 'r'.repeat(16), offer: OFFER })).toMatchObject({ status: 401 });
});

test('where nothing is planned, an old measurement of the space at home keeps nothing', async () => {
  const life = await siteLife([]);
  life.pass(400);
  expect((await life.ask('north', '/site/claims', { v: 1, nonce: 'h'.repeat(16), offer: OFFER })).body).toMatchObject({
    claims: [],
    waiting: {},
  });
});

test('a hold of what a site brought costs nothing and waits for a person', async () => {
  const { life, claim } = await claimed();
  await life.say(claim, 'started');
  await life.say(claim, 'finished', life.finishedOf(claim, [runOf(1), runOf(2)]));
  await life.ask('north', `/site/claims/${WORKER}/report`, life.finishedOf(claim, []));
  await life.cluster.lose(`${WORKER}.sweep-1`, 'group-unknown');
  expect(await workerOf(life)).toMatchObject({ status: 'held' });
  await life.probe(100 * 3_600);
  expect(await workerOf(life)).toMatchObject({ status: 'held' });
});
