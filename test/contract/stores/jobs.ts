import type { Job } from '../../../layers/core/entities';
import { batchIdOf, indexJobIdOf, jobIdOf, workerIdOf } from '../../../layers/core/ids';
import type { Stores } from '../../../layers/core/ports/stores';
import { AT, event, job, LATER, newSourceId, without } from './samples';

const added = async (stores: Stores, with_: Partial<Job> = {}): Promise<Job> => {
  const sourceId = newSourceId();
  const item = job(workerIdOf(batchIdOf(sourceId, 1, 1), 1), sourceId, with_);
  await stores.jobs.add(item);
  return item;
};
const ended = (item: Job) =>
  ({ from: 'requested', set: { status: 'lost', cause: 'job-absent' }, event: event(item.sourceId, 'job-lost') }) as const;

export const jobsAreHeardOnce = (stores: () => Stores): void => {
  test('a job is added once; the second is given the first', async () => {
    const item = await added(stores(), { enrolmentHash: 'h' });
    await expect(stores().jobs.add({ ...item, attempt: 2 })).resolves.toEqual({ outcome: 'conflict', item });
    await expect(stores().jobs.get(item.jobId)).resolves.toEqual(item);
  });

  test('open jobs are those that are not final, index jobs among them', async () => {
    const open = await added(stores());
    const closed = await added(stores());
    await stores().jobs.change(closed.jobId, ended(closed));
    const index = without(job('', newSourceId(), { jobId: indexJobIdOf('study:PRJEB9', 1, 1), kind: 'index' }), 'workerId');
    await stores().jobs.add(index);
    const ids = (await stores().jobs.open(1000)).map(({ jobId }) => jobId);
    expect(ids).toEqual(expect.arrayContaining([open.jobId, index.jobId]));
    expect(ids).not.toContain(closed.jobId);
    await expect(stores().jobs.get(index.jobId)).resolves.toEqual(index);
    const started = { from: 'requested', set: { status: 'started', startedAt: AT }, event: event(open.sourceId, 'job-started') } as const;
    await stores().jobs.change(open.jobId, started);
    expect((await stores().jobs.open(1000)).map(({ jobId }) => jobId)).toContain(open.jobId);
  });

  test('a job that is over takes a change that keeps its status, and stays closed', async () => {
    const item = await added(stores());
    await stores().jobs.change(item.jobId, ended(item));
    const change = { from: 'lost', set: { rescueRequestedAt: AT }, event: event(item.sourceId, 'job-rescue-asked') } as const;
    await expect(stores().jobs.change(item.jobId, change)).resolves.toMatchObject({ outcome: 'written', item: { rescueRequestedAt: AT } });
    await expect(stores().jobs.get(item.jobId)).resolves.toMatchObject({ status: 'lost', cause: 'job-absent', rescueRequestedAt: AT });
    expect((await stores().jobs.open(1000)).map(({ jobId }) => jobId)).not.toContain(item.jobId);
    await expect(stores().jobs.note(item.jobId, { rescueRequestedAt: LATER })).resolves.toMatchObject({ outcome: 'conflict' });
  });

  test("a worker's jobs are its own", async () => {
    const first = await added(stores());
    const workerId = first.workerId ?? '';
    const verify = { ...first, jobId: jobIdOf(workerId, 'verify-1'), kind: 'verify' as const };
    await stores().jobs.add(verify);
    await stores().jobs.add({ ...first, jobId: jobIdOf(`${workerId}1`, 'fetch'), workerId: `${workerId}1` });
    await expect(stores().jobs.ofWorker(workerId)).resolves.toEqual([first, verify]);
  });

  test('a change happens along its transition and a repeat conflicts', async () => {
    const item = await added(stores(), { missingSince: AT });
    const result = await stores().jobs.change(item.jobId, { ...ended(item), remove: ['missingSince'] });
    const rest = without(item, 'missingSince');
    expect(result).toEqual({ outcome: 'written', item: { ...rest, status: 'lost', cause: 'job-absent' } });
    expect((await stores().jobs.change(item.jobId, ended(item))).outcome).toBe('conflict');
    expect((await stores().events.ofSource(item.sourceId)).items).toHaveLength(1);
  });

  test('a note is taken on an open job and refused on a final one', async () => {
    const item = await added(stores(), { missingSince: AT });
    const noted = await stores().jobs.note(item.jobId, { progress: { bytes: 7 }, slurmId: '17' }, ['missingSince']);
    const rest = without(item, 'missingSince');
    expect(noted).toEqual({ outcome: 'written', item: { ...rest, progress: { bytes: 7 }, slurmId: '17' } });
    await stores().jobs.change(item.jobId, ended(item));
    expect((await stores().jobs.note(item.jobId, { slurmId: '18' })).outcome).toBe('conflict');
    await expect(stores().jobs.get(item.jobId)).resolves.toMatchObject({ slurmId: '17' });
    await expect(stores().jobs.note(jobIdOf('study-PRJEB1.1.1.a1', 'none'), { slurmId: '1' })).resolves.toEqual({ outcome: 'conflict' });
  });

  test('what is noted of early sweeps comes back whole, and may be taken away alone', async () => {
    const item = await added(stores());
    const early = { number: 2, askedAt: AT, why: 'silent', runsDone: 3 } as const;
    const still = { since: AT, looks: 1, last: 2 };
    await stores().jobs.note(item.jobId, { early, still });
    await expect(stores().jobs.get(item.jobId)).resolves.toEqual({ ...item, early, still });
    await expect(stores().jobs.note(item.jobId, {}, ['still'])).resolves.toEqual({ outcome: 'written', item: { ...item, early } });
  });

  test.each([
    { name: 'the next number is heard', seq: 4, outcome: 'written' },
    { name: 'a gap is heard', seq: 9, outcome: 'written' },
    { name: 'a repeat is not', seq: 3, outcome: 'conflict' },
    { name: 'an older one is not', seq: 1, outcome: 'conflict' },
  ])('of the messages of a job $name', async ({ seq, outcome }) => {
    const item = await added(stores(), { lastSeq: 3 });
    const result = await stores().jobs.raiseSeq(item.jobId, seq, LATER);
    expect(result.outcome).toBe(outcome);
    expect(result.item).toEqual(outcome === 'written' ? { ...item, lastSeq: seq, lastHeardAt: LATER } : item);
  });

  test('of one message that arrives ten times at once one is heard', async () => {
    const item = await added(stores());
    const results = await Promise.all(Array.from({ length: 10 }, () => stores().jobs.raiseSeq(item.jobId, 1, LATER)));
    expect(results.filter(({ outcome }) => outcome === 'written')).toHaveLength(1);
  });

  test('an enrolment token is spent by its first nonce, which may come again; another nonce or token is refused', async () => {
    const item = await added(stores(), { enrolmentHash: 'hash' });
    expect((await stores().jobs.spendEnrolment(item.jobId, 'other', 'one')).outcome).toBe('conflict');
    const spent = await stores().jobs.spendEnrolment(item.jobId, 'hash', 'one');
    expect(spent).toEqual({ outcome: 'written', item: { ...item, enrolmentNonce: 'one' } });
    expect((await stores().jobs.spendEnrolment(item.jobId, 'hash', 'one')).outcome).toBe('written');
    expect((await stores().jobs.spendEnrolment(item.jobId, 'hash', 'two')).outcome).toBe('conflict');
  });
};
