import { changeBatch, changeWorker } from '../../../../layers/core/use-cases/change-status';
import { awayLife, BATCH, heldAway, RUN, SOURCE, SSH, WORKER, type AwayLife } from '../life/away-life';
import { marksOf, reportOf, typesOf } from './look';

describe('a worker whose attempt is settled and that nobody lets go', () => {
  const settle = (life: AwayLife) => changeBatch(life.deps, BATCH, 'partial', { actor: 'test' });

  test('is destroyed where it never started, and its slot is freed', async () => {
    const life = await awayLife();
    await settle(life);
    await life.machines.stop('process-batch', WORKER, 'lost');
    await life.reap();
    expect(await life.worker()).toMatchObject({ status: 'live' });
    await life.reap();
    expect(await life.worker()).toMatchObject({ status: 'gone' });
    expect(life.away.machines.size).toBe(0);
    expect((await life.stores.workers.counters()).map(({ workers }) => workers)).toEqual([0]);
    expect(await typesOf(life, SOURCE)).toContain('reaped-abandoned-worker');
  });

  test('is swept first where it started: nothing that may hold results is destroyed (I5)', async () => {
    const life = await awayLife();
    await life.say('started', { ssh: SSH });
    await settle(life);
    await life.machines.stop('process-batch', WORKER, 'lost');
    await life.reap();
    await life.reap();
    expect(await life.worker()).toMatchObject({ status: 'ready' });
    expect(life.away.machines.size).toBe(1);
    await life.reap();
    expect(await marksOf(life)).toEqual([]);
  });

  test('is left alone while it is held', async () => {
    const life = await heldAway();
    for (let cycle = 0; cycle < 3; cycle += 1) await life.reap(8 * 3600);
    expect(await life.worker()).toMatchObject({ status: 'held' });
    expect(life.away.machines.size).toBe(1);
    expect((await reportOf(life)).acted).toEqual([]);
  });
});

test('a worker an hour past its deadline has its job ended, and goes the way of every lost job', async () => {
  const life = await awayLife();
  await life.say('started', { ssh: SSH });
  const { deadline } = (await life.worker())!;
  life.pass((Date.parse(deadline) - life.now().getTime()) / 1000 + 3_601);
  await life.reap();
  expect(await life.stores.jobs.get(RUN)).toMatchObject({ status: 'started' });
  await life.reap();
  expect(await life.stores.jobs.get(RUN)).toMatchObject({ status: 'lost', cause: 'deadline-passed' });
  expect(await life.worker()).toMatchObject({ status: 'sweeping' });
  expect(life.away.machines.size).toBe(1);
});

test('a batch in motion that no execution carries is started again', async () => {
  const life = await awayLife();
  await life.machines.stop('process-batch', WORKER, 'lost');
  await life.reap();
  expect(await marksOf(life)).toEqual([[`batch/${BATCH}`, 'unattended-batch']]);
  await life.reap();
  expect(await life.machines.status('process-batch', `${WORKER}-settle-1`)).toBeDefined();
  expect(await typesOf(life, SOURCE)).toContain('reaped-unattended-batch');
});

test('an execution whose attempt is settled and whose worker is gone is stopped', async () => {
  const life = await awayLife();
  await changeBatch(life.deps, BATCH, 'cancel', { actor: 'test' });
  await changeWorker(life.deps, WORKER, 'destroy', { actor: 'test', nothingToSweep: true });
  const worker = (await life.worker())!;
  const event = { entityId: WORKER, sourceId: SOURCE, at: life.now().toISOString(), type: 'worker-gone', actor: 'test' };
  await life.stores.workers.free(worker, 'destroying', event, { day: '2026-11-25', month: '2026-11', dollars: 0 });
  life.away.machines.clear();
  await life.reap();
  expect(await life.machines.status('process-batch', WORKER)).toBe('RUNNING');
  await life.reap();
  expect(await life.machines.status('process-batch', WORKER)).toBe('ABORTED');
});

describe('a job of the cluster', () => {
  const submit = (life: AwayLife, jobId: string) =>
    life.deps.gate.submit({
      ...{ v: 1, key: `test.${jobId}`, jobId, kind: 'verify', deadlineEpochSeconds: 2 ** 32, enrolment: null, spec: {} },
      resources: { cpus: 1, memoryMb: 1, timeMinutes: 1 },
    });

  test('that no table knows is cancelled; the daily one that tidies is not', async () => {
    const life = await awayLife();
    await submit(life, 'study-PRJEB9.1.1.a1.verify-1');
    await submit(life, 'home.20260101.test.clean');
    await life.reap();
    expect(life.cluster.jobs.get('study-PRJEB9.1.1.a1.verify-1')).toMatchObject({ state: 'PENDING' });
    await life.reap();
    expect([...life.cluster.jobs.values()].map(({ state }) => state)).toEqual(['CANCELLED', 'PENDING']);
  });
});

test('a counter that counts who is not there is set right at the second look, and that is told', async () => {
  const life = await awayLife();
  const [seen] = await life.stores.workers.counters();
  const event = { entityId: 'x', sourceId: SOURCE, at: life.now().toISOString(), type: 'broken', actor: 'test' };
  await life.stores.workers.mendCounter(seen!, { ...seen!, workers: 5 }, event);
  await life.reap();
  expect(await life.stores.workers.counters()).toEqual([{ ...seen, workers: 5 }]);
  expect((await reportOf(life)).marks).toMatchObject([{ subject: 'counter/total', fingerprint: '+4 workers, 0 bytes' }]);
  await life.reap();
  expect(await life.stores.workers.counters()).toEqual([seen]);
  expect(await typesOf(life, 'installation')).toEqual(['counter-mended']);
});

test('what the ledger reserves for nobody is given back at the second look, if no worker has moved it meanwhile', async () => {
  const life = await awayLife();
  const { money } = life.stores;
  const reserved = (await life.worker())?.reservedDollars ?? 0;
  const event = { entityId: 'x', sourceId: SOURCE, at: life.now().toISOString(), type: 'broken', actor: 'test' };
  await money.mendLedger(await money.ledger(), reserved + 3, event);
  await life.reap();
  expect((await reportOf(life)).marks).toMatchObject([{ subject: 'ledger/reserved', fingerprint: '+3.0000 dollars' }]);
  expect((await money.ledger()).reservedDollars).toBe(reserved + 3);
  const { mendLedger } = money;
  // Somebody is admitted in the moment of mending.
  Object.assign(money, {
    mendLedger: (...[seen, ...rest]: Parameters<typeof mendLedger>) => mendLedger({ ...seen, version: -1 }, ...rest),
  });
  await life.reap();
  expect((await money.ledger()).reservedDollars).toBe(reserved + 3);
  Object.assign(money, { mendLedger });
  await life.reap();
  expect((await money.ledger()).reservedDollars).toBe(reserved);
  expect(await typesOf(life, 'installation')).toEqual(['counter-mended']);
  await life.reap();
  expect((await reportOf(life)).marks).toEqual([]);
});
