import { batch, event, source } from '../../contract/stores/samples';
import { installationForEach, trawl } from './installation';
import { containing } from '../matchers';

const ID = 'study:PRJEB28810';
const installation = installationForEach();
const follow = (with_: Parameters<typeof source>[1] = {}, id = ID) =>
  installation().api.stores.sources.add(source(id, with_), event(id, 'source-added'));

describe('looking', () => {
  test('list has every source, from all pages', async () => {
    expect((await trawl('list')).stdout).toContain('No sources yet');
    for (let at = 1; at <= 1_001; at += 1) await follow({}, `taxon:${at}`);
    expect(JSON.parse((await trawl('list', '--json')).stdout)).toHaveLength(1_001);
    expect(installation().requests.filter((request) => request === 'GET /sources')).toHaveLength(3);
  });
  test('status says what needs a person and what to do', async () => {
    await follow({ needsAttention: { reason: 'results-held', detail: 'why', step: 's', at: '2026-11-21T10:00:00.000Z' } });
    await follow({ approval: 'waiting', approvalReason: 'too many runs' }, 'taxon:562');
    const { code, stdout } = await trawl('status');
    expect(code).toBe(0);
    expect(stdout).toContain('installation  lab');
    expect(stdout).toContain('"trawl approve taxon:562"');
    expect(stdout).toContain('"trawl clear study:PRJEB28810"');
    expect(stdout).not.toContain('Nothing needs a person');
  });
  test('a warning is named in the list, and status says where to look', async () => {
    await follow({ lastRunStatus: 'warning', generatedWarning: [{ code: 'source-unknown', detail: 'why' }] });
    expect((await trawl('list')).stdout).toContain('warning, source-unknown');
    expect((await trawl('status')).stdout).toContain('Sources with a warning: "trawl list" says which');
  });
  test('status says what is free at home, what batches wait for, and by which pace they are planned', async () => {
    await follow({ listingCycle: 1 });
    const { stores } = installation().api;
    await stores.batches.addPlanned([batch(ID, 1, { bytes: 500, estimate: { seconds: 720, learnedFrom: 0 } })]);
    await stores.home.put({ freeBytes: 400, totalBytes: 900, path: '/data', measuredAt: '2026-11-21T09:59:00.000Z' });
    const record = { provider: 'slurm', stage: 'fetch', revision: '0123456789ab', updatedAt: '2026-11-21T09:59:00.000Z' };
    const learned = { ...record, seconds: [90, 4, 20], covariance: Array<number>(9).fill(0), version: 1 };
    await stores.paces.learn({ ...learned, batches: 12 }, 'w1');
    await stores.paces.learn({ ...learned, provider: 'droplet', batches: 1 }, 'w2');
    const { stdout } = await trawl('status');
    expect(stdout).toMatch(/1 planned: no room at home: it needs 500 B; 400 B are free/);
    expect(stdout).toContain('home          400 B of 900 B free (2026-11-21T09:59:00.000Z), 100 B stay free, 0 B promised');
    expect(stdout).toContain('slurm, fetch@0123456: learned from 12 batches: 1 min 30 s a batch, 4.0 s a run, 50 MB a second');
    expect(stdout).toContain('droplet, fetch@0123456: assumed until 3 batches have told, 1 has so far: 1 min 0 s a batch');
    const shown = (await trawl('show', ID)).stdout;
    expect(shown).toContain('12 min 0 s (assumed)');
    expect(shown).toMatch(/study-PRJEB28810\.1\.1 waits: no room at home/);
  });
  test('status says where there are more batches than it counts', async () => {
    await follow({ listingCycle: 1 });
    await installation().api.stores.batches.addPlanned(Array.from({ length: 1_001 }, (_, index) => batch(ID, index)));
    const { stdout } = await trawl('status');
    expect(stdout).toMatch(/^batches +1000\+ planned$/m);
    expect(stdout).toMatch(/^ +1000\+ planned: free space at home is not measured/m);
  });
  test('show tells each attempt of what is not complete, and status which places rest and the money', async () => {
    await follow({ listingCycle: 1 });
    const { stores } = installation().api;
    const ended = { cause: 'start-deadline', detail: '0 of 3 runs verified', endedAt: '2026-11-21T09:00:00.000Z' };
    const attempts = [{ attempt: 1, ...ended, provider: 'droplet', place: 'image/fra1/small', dollars: 0.5, tail: 'last words' }];
    await stores.batches.addPlanned([batch(ID, 1, { attempt: 1, attempts })]);
    const failures = ['w1', 'w2', 'w3'].map((workerId) => ({ workerId, at: ended.endedAt, cause: ended.cause }));
    await stores.breakers.put({
      provider: 'droplet',
      place: 'image/fra1/small',
      failures,
      openUntil: '2026-11-21T10:20:00.000Z',
      version: 1,
    });
    expect((await trawl('show', ID)).stdout).toMatch(
      /attempt 1 at droplet image\/fra1\/small: start-deadline .*; it cost \$0\.50\n +last words/,
    );
    const { stdout } = await trawl('status');
    expect(stdout).toContain(
      'breaker       droplet image/fra1/small: open until 2026-11-21T10:20:00.000Z: no worker is made there; 3 not started of late',
    );
    expect(stdout).toContain('dollars       0.00 at risk now');
    expect(stdout).toContain('0.00 of 20.00 spent today (2026-11-21, Europe/London)');
  });
  test('show tells a warning from what is only worth knowing, with the cause and what takes it away', async () => {
    const generatedWarning = ['runs-failed', 'retry-needed', 'of-another-version'].map((code) => ({ code, detail: 'why' }));
    await follow({ generatedWarning });
    const { stdout } = await trawl('show', ID);
    expect(stdout).toMatch(/warning {6}runs-failed: why\n +Runs failed although .* Gone with the next publication\./);
    expect(stdout).toMatch(/note {9}retry-needed: why\n/);
    expect(stdout).toContain('warning      of-another-version: why');
  });
  test('show has counts, states, batches, excluded runs with reason, history, files and console', async () => {
    await follow({ phase: 'running', cycle: 1, listingCycle: 1 });
    await installation().api.stores.batches.addPlanned([batch(ID, 1, { status: 'running', attempt: 1 })]);
    const { code, stdout } = await trawl('show', 'prjeb28810');
    expect(code).toBe(0);
    for (const part of [
      ...['by state     3 complete, 1 excluded', 'study-PRJEB28810.1.1', 'ENA has no files of it', 'source-added'],
      ...['then each 1 h 0 min', 'limits       10 runs, 10 B, 0.00 dollars; a plan above them'],
      ...['head:/data/trawl/sources/study-PRJEB28810/links/', 'execution:lab-process-batch:study-PRJEB28810.1.1.a1'],
    ])
      expect(stdout).toContain(part);
    const json: unknown = JSON.parse((await trawl('show', ID, '--json')).stdout);
    expect(json).toMatchObject({ source: { sourceId: ID }, runList: { items: [{}] }, history: [{ type: 'source-added' }] });
  });
  test('log is in the order of time and says when there is more', async () => {
    await follow();
    for (const type of ['second', 'third']) await installation().api.stores.events.append(event(ID, type));
    const { stdout } = await trawl('log', ID, '--limit', '2');
    expect(stdout).toMatch(/older events are not shown[^]*second[^]*third/);
    expect(stdout).not.toContain('source-added');
  });
});

describe('acting', () => {
  test.each([
    ['check', {}, 'will be checked'],
    ['pause', {}, 'is paused'],
    ['resume', { paused: true }, 'goes on'],
    ['approve', { phase: 'awaiting approval', approval: 'waiting' }, 'is approved'],
    ['cancel', { phase: 'awaiting approval', approval: 'waiting' }, 'is being cancelled'],
    ['remove', {}, 'What stays'],
  ] as const)('%s says what was done', async (action, with_, said) => {
    await follow(with_);
    expect(await trawl(action, ID)).toMatchObject({ code: 0, stdout: containing(said), stderr: '' });
  });
  test.each(['check', 'approve', 'clear', 'cancel'])('%s that is refused ends 1 with the reason', async (action) => {
    await follow({ cycleRunning: true });
    const { code, stderr, stdout } = await trawl(action, ID, '--json');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^trawl: study:PRJEB28810: .+ \(409\)\n$/);
  });
  test.each(['show', 'log', 'check', 'remove'])('%s names a source that is not followed, and an id that is none', async (command) => {
    expect(await trawl(command, '562')).toMatchObject({
      code: 1,
      stderr: containing('taxon:562 is not followed here (404)\n  → see "trawl list"'),
    });
    expect(await trawl(command, 'PRJ')).toMatchObject({ code: 2, stderr: containing('"PRJ" is not a whole study') });
  });
});

describe('what is in the way', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, number, string]>([
    ['a wrong token', { TRAWL_TOKEN: 'wrong' }, 4, 'the token is not known (401)'],
    ['a token that may only look', { TRAWL_TOKEN: 'viewer-token' }, 4, 'operator token is needed'],
    ['an API that is not there', { TRAWL_URL: 'http://127.0.0.1:9' }, 3, 'cannot be reached'],
    ['a URL that is none', { TRAWL_URL: 'localhost' }, 2, 'TRAWL_URL is not a URL'],
    ['a token that cannot be sent', { TRAWL_TOKEN: 'sécret' }, 2, 'TRAWL_TOKEN is empty, or holds'],
    ['a URL without a token', { TRAWL_TOKEN: '' }, 2, 'TRAWL_URL is set but TRAWL_TOKEN is not'],
  ])('%s: one clear message', async (_, settings, code, said) => {
    Object.assign(process.env, settings);
    const ended = await trawl('add', '562');
    expect(ended).toMatchObject({ code, stdout: '', stderr: containing(said) });
    expect(ended.stderr).not.toContain('sécret');
    expect(ended.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
  });
  test('another server: one clear message', async () => {
    process.env['TRAWL_URL'] = installation().url.replace('/v1', '/other');
    expect(await trawl('status')).toMatchObject({ code: 3, stderr: containing('not JSON') });
  });
});
