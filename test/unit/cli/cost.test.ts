import { admission, batch, event, LATER, worker } from '../../contract/stores/samples';
import { containing } from '../matchers';
import { installationForEach, trawl } from './installation';

const SOURCE = 'study:PRJEB1';
const installation = installationForEach('viewer-token');

/** One worker that is gone and has cost 1.25, one that lives at half a dollar an hour since 08:00; it is 10:00. */
async function spend(): Promise<void> {
  const { stores } = installation().api;
  for (const index of [1, 2]) {
    const planned = batch(SOURCE, index);
    await stores.batches.addPlanned([planned]);
    const item = worker(planned.batchId, SOURCE, { reservedDollars: 3, dollarsPerHour: 0.5, providerRef: String(index), status: 'live' });
    await stores.workers.admit({ ...admission(planned, []), worker: item });
  }
  const first = (await stores.workers.get('study-PRJEB1.1.1.a1'))!;
  await stores.workers.free(first, 'live', event(SOURCE, 'gone', LATER), { day: '2026-11-21', month: '2026-11', dollars: 1.25 });
}

test('before anything was spent it says so, with what is at risk and the budget', async () => {
  const { code, stdout } = await trawl('cost');
  expect(code).toBe(0);
  for (const text of ['0.00 at risk now', '0.00 of 20.00 spent today (2026-11-21, Europe/London)', 'Nothing was spent yet'])
    expect(stdout).toContain(text);
});

test.each([
  { by: 'month', head: /MONTH +DOLLARS +WORKERS\n2026-11 +1\.25 +1\n/ },
  { by: 'day', head: /DAY +DOLLARS +WORKERS\n2026-11-21 +1\.25 +1\n/ },
  { by: 'source', head: /SOURCE +DOLLARS +WORKERS +ALIVE, SO FAR\nstudy:PRJEB1 +1\.25 +1 +1\.00\n/ },
  { by: 'batch', head: /BATCH +DOLLARS +WORKERS +ALIVE, SO FAR\nstudy-PRJEB1\.1\.1 +1\.25 +1\nstudy-PRJEB1\.1\.2 +0\.00 +0 +1\.00\n/ },
])('by $by: what is spent, and what the living cost', async ({ by, head }) => {
  await spend();
  const { stdout } = await trawl('cost', '--by', by);
  expect(stdout).toContain('3.00 at risk now (workers alive, at most), 1.00 of it spent so far');
  expect(stdout).toContain('1.25 of 200.00 spent this month (2026-11)');
  expect(stdout).toMatch(head);
});

test('--source and --json: one source alone, as the API says it', async () => {
  await spend();
  const { stdout } = await trawl('cost', '--by', 'batch', '--source', 'PRJEB1', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ by: 'batch', money: { dayDollars: 1.25 }, items: [{ dollars: 1.25 }, { dollarsSoFar: 1 }] });
  expect((await trawl('cost', '--by', 'batch', '--source', 'taxon:9')).stdout).toContain('Nothing was spent yet for taxon:9');
});

test('a kind that is none is refused with those there are', async () => {
  expect(await trawl('cost', '--by', 'year')).toMatchObject({
    code: 2,
    stderr: containing('Allowed choices are day, month, source, batch'),
  });
});

test('a source is not asked for by day or month, of which nothing is kept by source', async () => {
  const ended = await trawl('cost', '--source', 'PRJEB1');
  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: containing('--source says nothing of a month') });
  expect(installation().requests).toEqual([]);
});
