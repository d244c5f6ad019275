import { batch, event, job, source, worker } from '../../../contract/stores/samples';
import { captureLog } from '../../runtime/log';
import { memoryApi, NOW, type MemoryApi } from './api';
import { anyText, containing } from '../../matchers';

captureLog();
const ID = 'study:PRJEB28810';
let api: MemoryApi;
beforeEach(async () => {
  api = await memoryApi();
});
const follow = (with_: Parameters<typeof source>[1] = {}, id = ID) => api.stores.sources.add(source(id, with_), event(id, 'source-added'));

describe('who may do what', () => {
  const routes = [
    'GET /status',
    'GET /overview',
    'GET /sources',
    `GET /sources/${ID}`,
    'GET /workers',
    'GET /operations',
    'GET /operations/20261121T100000000Z-export-1',
    'POST /sources',
    `DELETE /sources/${ID}`,
    `PATCH /sources/${ID}`,
  ];
  const actions = ['check', 'approve', 'pause', 'resume', 'clear', 'cancel'].map((action) => `POST /sources/${ID}/${action}`);
  const changes = [...routes, ...actions].filter((route) => !route.startsWith('GET'));
  const call = (route: string, role: 'viewer' | 'site' | 'unknown' | 'none') => {
    const [method = '', path = ''] = route.split(' ');
    return api.call(method, path, { role });
  };

  test('health needs no token and says which installation and version answers', async () => {
    const body = { ok: true, name: 'trawl', installation: 'lab', version: '1.2.3' };
    expect(await call('GET /health', 'none')).toEqual({ status: 200, body });
  });
  test.each([...routes, ...actions])('%s is refused without a token, with a wrong one, and to a site', async (route) => {
    expect((await call(route, 'none')).status).toBe(401);
    expect((await call(route, 'unknown')).status).toBe(401);
    expect((await call(route, 'site')).status).toBe(403);
  });
  test.each(changes)('%s is refused to a viewer and changes nothing', async (route) => {
    await follow();
    expect((await call(route, 'viewer')).status).toBe(403);
    expect(await api.stores.sources.get(ID)).toEqual(source(ID));
  });
});

describe('looking', () => {
  test.each(['taxon:562', 'taxon-562', 'taxon%3A562', '562', '%20562', 'TAXON:0562'])('a source is found as %s', async (text) => {
    await follow({}, 'taxon:562');
    expect(await api.call('GET', `/sources/${text}`)).toMatchObject({ status: 200, body: { source: { sourceId: 'taxon:562' } } });
  });
  test.each(['', '/batches', '/events'])('an unknown source is named: /sources/9031%s', async (rest) => {
    const answer = await api.call('GET', `/sources/9031${rest}`);
    expect(answer).toMatchObject({
      status: 404,
      body: { error: { code: 'source-unknown', message: containing('taxon:9031') } },
    });
  });
  test('an id that is none is told with the reason', async () => {
    const answer = await api.call('GET', '/sources/PRJ');
    expect(answer).toMatchObject({ status: 422, body: { error: { details: [{ message: containing('PRJ') }] } } });
  });
  test.each(['GET /nothing', 'PUT /sources', 'GET /batches/x'])('%s is refused in the form of all errors', async (route) => {
    const [method = '', path = ''] = route.split(' ');
    const { status, body } = await api.call(method, path);
    expect([404, 422]).toContain(status);
    expect(body).toMatchObject({ error: { code: anyText(), message: anyText() } });
  });
  test('sources and history come page by page, and every one once', async () => {
    for (const id of ['taxon:1', 'taxon:2', 'taxon:3']) await follow({}, id);
    for (const type of ['one', 'two']) await api.stores.events.append(event('taxon:1', type));
    for (const [path, name, wanted] of [
      ['/sources', 'sourceId', ['taxon:1', 'taxon:2', 'taxon:3']],
      ['/sources/1/events', 'type', ['two', 'one', 'source-added']],
    ] as const) {
      const seen: unknown[] = [];
      let cursor: string | undefined = '';
      while (cursor !== undefined) {
        const page = (await api.call('GET', `${path}?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)).body;
        const { items, cursor: next } = page as { items: Record<string, unknown>[]; cursor?: string };
        seen.push(...items.map((item) => item[name]));
        cursor = next;
      }
      expect(seen).toEqual(wanted);
    }
  });
  test.each(['limit=0', 'limit=1001', 'limit=abc', 'cursor=%00'])('%s is refused', async (query) => {
    expect((await api.call('GET', `/sources?${query}`)).status).toBe(422);
  });
  test('a source shows its counts as they are, its batches, files and executions', async () => {
    await follow({ phase: 'running', cycle: 2, listingCycle: 2, counts: { known: 9, excluded: 1, withdrawn: 0, complete: 4, failed: 0 } });
    await api.stores.batches.addPlanned([batch(ID, 1, { cycle: 2, status: 'running', attempt: 1, completeRuns: 2, failedRuns: 1 })]);
    const { body } = await api.call('GET', `/sources/${ID}`);
    expect(body).toMatchObject({
      runs: { known: 9, complete: 6, failed: 1 },
      batches: [{ batchId: 'study-PRJEB28810.2.1', execution: containing('execution:lab-process-batch:study-PRJEB28810.2.1.a1') }],
      places: {
        results: 'head:/data/trawl/sources/study-PRJEB28810/links/',
        executions: { 'check-source': containing('execution:lab-check-source:study-PRJEB28810.2') },
      },
    });
  });
  test('status counts sources by word, and names who needs a person', async () => {
    await follow({ lastRunStatus: 'error', needsAttention: { reason: 'results-held', detail: 'x', step: 's', at: NOW.toISOString() } });
    await follow({ approval: 'waiting', approvalReason: 'too many runs' }, 'taxon:562');
    expect((await api.call('GET', '/status', { role: 'viewer' })).body).toMatchObject({
      installation: 'lab',
      sources: { new: 1, error: 1, complete: 0 },
      attention: [{ sourceId: ID, reason: 'results-held' }],
      awaitingApproval: [{ sourceId: 'taxon:562', reason: 'too many runs' }],
    });
  });
  test('a batch shows its worker and jobs, and no secret of them', async () => {
    await api.stores.batches.addPlanned([batch(ID, 1, { attempt: 1 })]);
    const workerId = 'study-PRJEB28810.1.1.a1';
    await api.stores.workers.admit({
      worker: worker('study-PRJEB28810.1.1', ID),
      batch: { batchId: 'study-PRJEB28810.1.1', from: 'planned', set: { status: 'dispatched' }, event: event(ID, 'admit') },
      caps: [],
    });
    await api.stores.jobs.add(job(workerId, ID, { enrolmentHash: 'secret-hash', enrolmentNonce: 'secret-nonce' }));
    const { body } = await api.call('GET', '/batches/study-PRJEB28810.1.1');
    expect(body).toMatchObject({ sourceId: ID, worker: { workerId }, jobs: [{ jobId: `${workerId}.fetch`, status: 'requested' }] });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect((await api.call('GET', '/workers')).body).toMatchObject({ items: [{ workerId }] });
  });
});

describe('removing', () => {
  test('says what stays and where, keeps the history, and a source that comes back goes on counting its cycles', async () => {
    await follow({ cycle: 7 });
    const { status, body } = await api.call('DELETE', `/sources/${ID}`);
    expect(status).toBe(200);
    expect((body as { stays: string[] }).stays.join('\n')).toMatch(
      /head:\/data\/trawl\/sources\/study-PRJEB28810\/links[^]*samplesheet\.csv[^]*s3:\/\/lab-bucket\/listings\/study-PRJEB28810[^]*trawl log/,
    );
    expect((await api.call('GET', `/sources/${ID}`)).status).toBe(404);
    expect((await api.call('GET', `/sources/${ID}/events`)).body).toMatchObject({ items: [{ type: 'remove-asked' }, {}] });
    expect((await api.call('DELETE', `/sources/${ID}`)).status).toBe(404);
    await api.call('POST', '/sources', { body: { ids: [ID] } });
    await api.runOperations();
    expect(await api.stores.sources.get(ID)).toMatchObject({ cycle: 7, listingCycle: 0, lastRunStatus: 'new' });
  });
  test.each([
    ['a cycle is running', { cycleRunning: true }, []],
    ['batches are planned', {}, [batch(ID, 1)]],
    ['its samplesheet is being written', { phase: 'publishing' as const }, []],
  ])('is refused while %s', async (_, with_, batches) => {
    await follow(with_);
    await api.stores.batches.addPlanned(batches);
    expect(await api.call('DELETE', `/sources/${ID}`)).toMatchObject({ status: 409, body: { error: { code: 'refused' } } });
    expect(await api.stores.sources.get(ID)).toBeDefined();
  });
});
