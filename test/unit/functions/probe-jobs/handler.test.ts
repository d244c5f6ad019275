import { probeJobsHandler } from '../../../../functions/probe-jobs/handler';
import { memoryMachines } from '../../../../layers/adapters/fakes/machines';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryProvider } from '../../../../layers/adapters/fakes/provider';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { EARLY_RULES } from '../../../../layers/core/dispatch/judge-early';
import { HOLD_RULES } from '../../../../layers/core/dispatch/judge-hold';
import type { Job, Worker } from '../../../../layers/core/entities';
import { waitId } from '../../../../layers/core/ids';
import { admission, batch, event, source } from '../../../contract/stores/samples';
import { JOB, report, runJob, WORKER } from '../../core/callbacks/messages';

const INSTALLATION = 'trawl-test';

/** One dispatched batch whose job was handed to the cluster. */
async function installation(with_: Partial<Job> = {}, submit = true) {
  const provider = memoryProvider(INSTALLATION);
  const { gate } = provider;
  const [stores, machines, objects] = [memoryStores(), memoryMachines(), memoryObjects()];
  let now = new Date('2026-11-21T08:30:00.000Z');
  const providers = new Map([['slurm', provider]]);
  const holds = {
    archive: { serves: async () => ({ outcome: 'same' }) as const },
    rules: { ...HOLD_RULES, holdSeconds: 3_600 },
    early: EARLY_RULES,
  };
  const budget = { timeZone: 'UTC' };
  const deps = { budget, stores, machines, objects, gate, providers, ...holds, installation: INSTALLATION, now: () => now };
  const handler = probeJobsHandler(deps);
  await stores.sources.add(source('study:PRJEB1'), event('study:PRJEB1', 'added'));
  const planned = batch('study:PRJEB1', 1);
  await stores.batches.addPlanned([planned]);
  await stores.workers.admit(admission(planned, [{ scope: 'total', maxWorkers: 1 }]));
  const job = runJob({ deadline: '2026-11-22T00:00:00.000Z', ...with_ });
  await stores.jobs.add(job);
  const create = () =>
    provider.create({
      ...{ workerId: WORKER, jobId: JOB, deadline: new Date(job.deadline), resources: { cpus: 1, memoryMb: 1, timeMinutes: 1 } },
      ...{ enrolment: { url: 'http://127.0.0.1', token: 'x' }, spec: {} },
    });
  if (submit) await create();
  return {
    ...{ stores, machines, gate, create },
    probe: () => handler({}),
    pass: (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1000);
    },
    jobNow: async () => (await stores.jobs.get(JOB))!,
    fact: async (id: string) => (await stores.waits.get(id))?.fact,
    toStatus: (status: Worker['status'], set: Partial<Worker> = {}) =>
      stores.workers.change(WORKER, { from: 'requested', set: { status, ...set }, event: event('study:PRJEB1', 'test') }),
  };
}

test('a job that called back just now is not asked about', async () => {
  const trawl = await installation({ lastHeardAt: '2026-11-21T08:29:45.000Z' });
  expect(await trawl.probe()).toMatchObject({ asked: 0 });
  expect(trawl.gate.calls.status).toBeUndefined();
});

test('why Slurm lets a job wait is kept until it starts', async () => {
  const trawl = await installation();
  trawl.gate.move(JOB, { reason: 'PartitionDown' });
  await trawl.probe();
  expect(await trawl.jobNow()).toMatchObject({ status: 'requested', pendingReason: 'PartitionDown' });
  trawl.gate.move(JOB, { reason: 'Priority' });
  await trawl.probe();
  expect((await trawl.jobNow()).pendingReason).toBe('Priority');
  trawl.gate.move(JOB, { state: 'RUNNING', locked: true, reason: null });
  await trawl.probe();
  expect((await trawl.jobNow()).pendingReason).toBeUndefined();
});

test('a started that was lost on its way is made good by the lock', async () => {
  const trawl = await installation();
  trawl.gate.move(JOB, { state: 'RUNNING', locked: true, progress: { done: 2, of: 'x' } });
  expect(await trawl.probe()).toMatchObject({ verdicts: { 'note-alive': 1 } });
  expect(await trawl.jobNow()).toMatchObject({ status: 'started', slurmId: '1', progress: { done: 2 } });
  expect(await trawl.stores.workers.get(WORKER)).toMatchObject({ status: 'live', providerRef: '1' });
  expect(await trawl.fact(waitId.started(JOB))).toEqual({ outcome: 'started' });
});

test('a finished that was lost on its way is made good by the report', async () => {
  const trawl = await installation({ status: 'started' });
  trawl.gate.move(JOB, { state: 'COMPLETED', report: report() });
  await trawl.probe();
  expect(await trawl.jobNow()).toMatchObject({ status: 'finished', reportKey: `reports/${JOB}.json` });
  expect(await trawl.fact(waitId.ended(JOB))).toMatchObject({ outcome: 'ended', result: 'finished' });
});

test('a job cancelled behind our back gets its grace and is then lost, with its results to be swept', async () => {
  const trawl = await installation();
  trawl.gate.move(JOB, { state: 'CANCELLED by 1000', locked: true });
  expect(await trawl.probe()).toMatchObject({ verdicts: { 'await-report': 1 } });
  trawl.pass(21);
  await trawl.probe();
  expect(await trawl.jobNow()).toMatchObject({ status: 'lost', cause: 'slurm-cancelled' });
  expect(await trawl.fact(waitId.started(JOB))).toEqual({ outcome: 'started' });
  expect(await trawl.fact(waitId.ended(JOB))).toEqual({ outcome: 'ended', result: 'lost', cause: 'slurm-cancelled' });
});

test('a report within the grace still counts', async () => {
  const trawl = await installation({ status: 'started' });
  trawl.gate.move(JOB, { state: 'COMPLETED' });
  await trawl.probe();
  trawl.gate.move(JOB, { report: report('failed') });
  trawl.pass(60);
  await trawl.probe();
  expect(await trawl.jobNow()).toMatchObject({ status: 'failed' });
});

test('a submit that never arrived is lost after a minute of empty answers, never by silence', async () => {
  const trawl = await installation({}, false);
  const after = async (seconds: number): Promise<string> => {
    trawl.pass(seconds);
    await trawl.probe();
    return (await trawl.jobNow()).status;
  };
  trawl.gate.fail('status', 'unreachable', 2);
  trawl.gate.fail('status', 'slurm-unavailable', 2);
  for (let silent = 0; silent < 4; silent += 1) expect(await after(300)).toBe('requested');
  expect([await after(31), await after(31), await after(31)]).toEqual(['requested', 'requested', 'lost']);
  expect(await trawl.jobNow()).toMatchObject({ status: 'lost', cause: 'job-absent', missingLooks: 2 });
  expect(await trawl.fact(waitId.started(JOB))).toEqual({ outcome: 'never-started', cause: 'job-absent' });
});

test('a submit whose reply was lost is found again and forgets that it was missing', async () => {
  const trawl = await installation({ missingSince: '2026-11-21T08:00:00.000Z', missingLooks: 2 }, false);
  trawl.gate.fail('submit', 'lost-reply');
  expect(await trawl.create()).toMatchObject({ outcome: 'unknown' });
  await trawl.probe();
  const job = await trawl.jobNow();
  expect([job.status, job.slurmId, job.missingSince, job.missingLooks]).toEqual(['requested', '1', undefined, undefined]);
});

test('a job that Slurm holds brings a person and stays open', async () => {
  const trawl = await installation();
  trawl.gate.move(JOB, { state: 'REQUEUE_HOLD' });
  await trawl.probe();
  expect((await trawl.stores.sources.get('study:PRJEB1'))?.needsAttention).toMatchObject({ reason: 'slurm-needs-person' });
  expect((await trawl.jobNow()).status).toBe('requested');
});

test('an order to stop that is ignored ends in a cancel, and the job counts as cancelled', async () => {
  const trawl = await installation({
    status: 'started',
    stopRequested: true,
    stopRequestedAt: '2026-11-21T08:28:00.000Z',
    cause: 'cancel-requested',
  });
  trawl.gate.move(JOB, { state: 'RUNNING', locked: true });
  expect(await trawl.probe()).toMatchObject({ verdicts: { cancel: 1 } });
  await trawl.probe();
  trawl.pass(21);
  await trawl.probe();
  expect(await trawl.jobNow()).toMatchObject({ status: 'cancelled', cause: 'cancel-requested' });
});

test('a job past its deadline is cancelled and then lost for that cause', async () => {
  const trawl = await installation({ deadline: '2026-11-21T08:28:00.000Z', lastHeardAt: '2026-11-21T08:29:59.000Z', status: 'started' });
  trawl.gate.move(JOB, { state: 'RUNNING', locked: true });
  await trawl.probe();
  await trawl.probe();
  trawl.pass(21);
  await trawl.probe();
  expect(await trawl.jobNow()).toMatchObject({ status: 'lost', cause: 'deadline-passed' });
});

describe('workers that were asked to end', () => {
  const total = async (trawl: Awaited<ReturnType<typeof installation>>) => (await trawl.stores.workers.counters())[0]?.workers;

  test('one that lives is asked again, and its slot is freed when it is gone', async () => {
    const trawl = await installation();
    await trawl.toStatus('destroying', { providerRef: '1' });
    expect(await trawl.probe()).toMatchObject({ workers: { freed: 0, alive: 1 } });
    expect(await total(trawl)).toBe(1);
    expect(await trawl.probe()).toMatchObject({ workers: { freed: 1, alive: 0 } });
    expect(await total(trawl)).toBe(0);
    expect(await trawl.probe()).toMatchObject({ workers: { freed: 0, alive: 0 } });
  });

  test('an unknown answer frees nothing', async () => {
    const trawl = await installation({ status: 'lost' });
    await trawl.toStatus('destroying', { providerRef: '1' });
    trawl.gate.fail('status', 'unreachable');
    expect(await trawl.probe()).toMatchObject({ workers: { freed: 0, alive: 1 } });
  });

  test('one that was never seen may still be born: it is gone only a minute later', async () => {
    const trawl = await installation({ status: 'lost' }, false);
    await trawl.toStatus('destroying');
    expect(await trawl.probe()).toMatchObject({ workers: { freed: 0 } });
    trawl.pass(61);
    expect(await trawl.probe()).toMatchObject({ workers: { freed: 1 } });
  });
});
