import * as fc from 'fast-check';
import { BATCH_STATUSES, JOB_STATUSES, WORKER_STATUSES, type Batch, type Job, type Worker } from '../../../../layers/core/entities';
import type { ProviderWorker } from '../../../../layers/core/ports/outside';
import { SUSPECT_KINDS } from '../../../../layers/core/reaping/kinds';
import { recount } from '../../../../layers/core/reaping/recount';
import {
  judgeBatch,
  judgeClusterJob,
  judgeExecution,
  judgeMachine,
  judgeWorker,
  REAP_RULES,
  type MachineFact,
} from '../../../../layers/core/reaping/suspects';
import { batch as anyBatch, job as anyJob, worker as anyWorker } from '../../../contract/stores/samples';

const SOURCE = 'study:PRJEB1';
const BATCH = 'study-PRJEB1.1.1';
const WORKER = `${BATCH}.a1`;
const machine = (with_: Partial<ProviderWorker> = {}): ProviderWorker => ({
  ...{ key: `trawl.${WORKER}.fetch`, providerRef: '7', state: 'running', rawState: 'active' },
  ...with_,
});
const worker = (status: Worker['status'], with_: Partial<Worker> = {}): Worker => anyWorker(BATCH, SOURCE, { status, ...with_ });
const batch = (status: Batch['status'], attempt = 1, with_: Partial<Batch> = {}): Batch =>
  anyBatch(SOURCE, 1, { status, attempt, ...with_ });
const job = (status: Job['status'], with_: Partial<Job> = {}): Job => anyJob(WORKER, SOURCE, { status, ...with_ });
const endedBy = (cause: string) => ({ attempts: [{ attempt: 1, cause, detail: '', endedAt: '2026-11-21T09:00:00.000Z' }] });

describe('a machine', () => {
  const judged = (fact: Partial<MachineFact>) => judgeMachine({ provider: 'droplet', machine: machine(), workerId: WORKER, ...fact })?.kind;

  test.each<[string, Partial<MachineFact>, string | undefined]>([
    ['of a living worker', { worker: worker('live', { providerRef: '7' }) }, undefined],
    ['of a worker whose reference was never learned', { worker: worker('requested') }, undefined],
    ['of a worker that is held', { worker: worker('held') }, undefined],
    ['that has ended', { machine: machine({ state: 'ended' }) }, undefined],
    ['of which nobody knows', {}, 'orphan-machine'],
    ['whose execution is known and whose worker is not', { hasExecution: true }, 'unknown-machine'],
    ['of another name', { workerId: undefined }, 'foreign-machine'],
    ['born after its worker was given up', { worker: worker('gone'), job: job('lost', { cause: 'machine-absent' }) }, 'late-machine'],
    ['that lives on after its worker was swept', { worker: worker('gone'), batch: batch('complete') }, 'late-machine'],
    ['that its provider had called gone', { worker: worker('gone'), job: job('lost', { cause: 'machine-gone' }) }, 'returned-machine'],
    [
      'that vanished while it was held',
      { worker: worker('gone'), batch: batch('partial', 1, endedBy('machine-gone')) },
      'returned-machine',
    ],
    ['beside the one that its worker has', { worker: worker('live', { providerRef: '8' }) }, 'double-machine'],
  ])('%s', (_, fact, kind) => expect(judged(fact)).toBe(kind));

  test('that is tagged to be kept says so', () => {
    const suspicion = judgeMachine({ provider: 'droplet', machine: machine({ kept: true }), workerId: WORKER });
    expect(suspicion).toMatchObject({ kind: 'orphan-machine', tagged: true, subject: 'machine/droplet/7', sourceId: SOURCE });
  });

  test('is never destroyed while its worker may hold results that nobody verified (I5)', () => {
    const facts = fc.record({
      status: fc.constantFrom(...WORKER_STATUSES),
      cause: fc.constantFrom('finished', 'machine-gone', 'machine-absent', 'deadline-passed'),
      end: fc.constantFrom('finished', 'machine-gone', 'given-up'),
      jobStatus: fc.constantFrom(...JOB_STATUSES),
      ref: fc.constantFrom('7', '8', undefined),
    });
    fc.assert(
      fc.property(facts, ({ status, cause, end, jobStatus, ref }) => {
        const of = worker(status, ref === undefined ? {} : { providerRef: ref });
        const belongs = { worker: of, job: job(jobStatus, { cause }), batch: batch('partial', 1, endedBy(end)) };
        const suspicion = judgeMachine({ provider: 'droplet', machine: machine(), workerId: WORKER, ...belongs });
        const isDestroyed = suspicion !== undefined && SUSPECT_KINDS[suspicion.kind].act === 'destroy';
        return !isDestroyed || (status === 'gone' && cause !== 'machine-gone' && end !== 'machine-gone');
      }),
    );
  });
});

describe('a worker', () => {
  const BEFORE = new Date('2026-11-21T08:30:00.000Z');
  const OVERDUE = new Date('2026-11-21T10:00:01.000Z');
  const judged = (
    status: Worker['status'],
    of: Batch | undefined,
    isCaredFor: boolean,
    { at = BEFORE, with: whose = job('started') }: { at?: Date; with?: Job | undefined } = {},
  ) => judgeWorker({ worker: worker(status), batch: of, job: whose, isCaredFor }, at, REAP_RULES)?.kind;

  test.each<[string, string | undefined, string | undefined]>([
    ['in work', judged('live', batch('running'), true), undefined],
    ['whose execution was lost: that is its batch’s', judged('live', batch('running'), false), undefined],
    ['whose attempt is settled while its execution goes on', judged('swept', batch('complete'), true), undefined],
    ['of a settled attempt that nobody lets go', judged('swept', batch('complete'), false), 'abandoned-worker'],
    ['of an earlier attempt', judged('live', batch('dispatched', 2), false), 'abandoned-worker'],
    ['of an unknown batch', judged('requested', undefined, false), 'abandoned-worker'],
    ['that is swept on schedule', judged('ready', batch('partial'), false), undefined],
    ['that is held', judged('held', batch('partial'), false), undefined],
    ['that is being destroyed', judged('destroying', batch('complete'), false), undefined],
    ['past its deadline and an hour', judged('live', batch('running'), true, { at: OVERDUE }), 'overdue-worker'],
    ['past it with its job ended', judged('live', batch('running'), true, { at: OVERDUE, with: job('lost') }), undefined],
    ['past it and held', judged('held', batch('partial'), true, { at: OVERDUE }), undefined],
  ])('%s', (_, kind, expected) => expect(kind).toBe(expected));

  test('past its deadline without any job is for a person', () => {
    const fact = { worker: worker('requested'), batch: batch('dispatched'), isCaredFor: true };
    expect(judgeWorker(fact, OVERDUE, REAP_RULES)).toMatchObject({ kind: 'overdue-jobless' });
  });
});

describe('a job of the cluster', () => {
  const NOW = new Date('2026-11-21T09:16:00.000Z');
  const ID = `${WORKER}.verify-1`;
  const judged = (with_: Partial<Parameters<typeof judgeClusterJob>[0]>) =>
    judgeClusterJob({ key: `trawl.${ID}`, state: 'RUNNING', jobId: ID, ...with_ }, NOW, REAP_RULES)?.kind;

  test.each<[string, string | undefined, string | undefined]>([
    ['that is open', judged({ job: job('started', { kind: 'verify' }), worker: worker('sweeping') }), undefined],
    ['whose last word may still be under way', judged({ job: job('finished', { endedAt: '2026-11-21T09:10:00.000Z' }) }), undefined],
    ['whose record ended long ago', judged({ job: job('finished', { endedAt: '2026-11-21T09:00:00.000Z' }) }), 'job-over'],
    ['whose worker is gone', judged({ job: job('started', { kind: 'verify' }), worker: worker('gone') }), 'job-without-worker'],
    ['that no table knows', judged({}), 'job-unknown'],
    ['that is none of ours', judged({ jobId: undefined }), 'job-foreign'],
  ])('%s', (_, kind, expected) => expect(kind).toBe(expected));
});

describe('an execution that runs', () => {
  const judged = (of: Batch | undefined, whose: Worker | undefined) =>
    judgeExecution({ name: `${WORKER}-settle-1`, workerId: WORKER, batch: of, worker: whose })?.kind;

  test.each<[string, string | undefined, string | undefined]>([
    ['for its attempt', judged(batch('running'), worker('live')), undefined],
    ['to let its worker go', judged(batch('complete'), worker('destroying')), undefined],
    ['with nothing left to do', judged(batch('complete'), worker('gone')), 'stray-execution'],
    ['for a batch that is tried again, its worker held', judged(batch('planned'), worker('held')), 'stray-execution'],
    ['for what no table knows', judged(undefined, undefined), 'stray-execution'],
    ['for an attempt that an older copy of the table does not know yet', judged(batch('planned', 0), undefined), undefined],
  ])('%s', (_, kind, expected) => expect(kind).toBe(expected));
});

test.each(BATCH_STATUSES)('a batch in status %s without an execution is suspect only in motion', (status) => {
  const inMotion = ['dispatched', 'running', 'sweeping'].includes(status);
  expect(judgeBatch(batch(status), false, false)?.kind).toBe(inMotion ? 'unattended-batch' : undefined);
  expect(judgeBatch(batch(status), true, false)).toBeUndefined();
  expect(judgeBatch(batch(status), false, true)).toBeUndefined();
});

describe('a recount', () => {
  const scopes = ['total', 'provider/slurm'];
  const alive = [{ worker: worker('live'), scopes }];
  const counter = (scope: string, workers: number, bytes: number) => ({ scope, workers, bytes });

  test('finds nothing where counters and workers agree', () => {
    expect(recount([counter('total', 1, 100), counter('provider/slurm', 1, 100), counter('home', 0, 0)], alive)).toEqual([]);
  });

  test('tells counters that count who is gone, and those that miss who lives', () => {
    const found = recount([counter('total', 2, 250), counter('home', 1, 100)], alive);
    expect(found.map(({ subject, fingerprint }) => [subject, fingerprint])).toEqual([
      ['counter/total', '+1 workers, +150 bytes'],
      ['counter/home', '+1 workers, +100 bytes'],
      ['counter/provider/slurm', '-1 workers, -100 bytes'],
    ]);
    expect(found[0]?.counter).toEqual({ seen: counter('total', 2, 250), to: counter('total', 1, 100) });
  });

  test('counts of tasks the places that each worker reserved', () => {
    const reserving = { worker: { ...worker('live'), reservedTasks: 7 }, scopes: ['tasks'] };
    expect(recount([counter('tasks', 7, 100)], [reserving])).toEqual([]);
    expect(recount([counter('tasks', 1, 100)], [reserving])[0]).toMatchObject({
      subject: 'counter/tasks',
      fingerprint: '-6 places, 0 bytes',
    });
  });
});
