import { acceptCallbackHandler, type Input } from '../../../../functions/accept-callback/handler';
import { memoryMachines } from '../../../../layers/adapters/fakes/machines';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { attemptKeyOf, enrolmentTokenOf } from '../../../../layers/core/callbacks/keys';
import type { Job } from '../../../../layers/core/entities';
import { waitId } from '../../../../layers/core/ids';
import { source } from '../../../contract/stores/samples';
import { envelope, JOB, MASTER, NOW, received, report, runJob } from '../../core/callbacks/messages';

const TOKEN = enrolmentTokenOf(MASTER, JOB);
const NONCE = 'a-nonce-of-16-characters';

const installation = async (with_: Partial<Job> = {}) => {
  const stores = memoryStores();
  const machines = memoryMachines();
  const objects = memoryObjects();
  let now = NOW;
  await stores.sources.add(source('study:PRJEB1'), {
    entityId: 'x',
    sourceId: 'study:PRJEB1',
    at: NOW.toISOString(),
    type: 'added',
    actor: 'test',
  });
  await stores.jobs.add(runJob(with_));
  const links = async (key: string) => ({ spec: { url: `https://bucket.example/${key}` } });
  const handle = acceptCallbackHandler({
    stores,
    machines,
    objects,
    links,
    putLinks: objects.links,
    getLink: objects.getLink,
    now: () => now,
    master: async () => MASTER,
  });
  const post = async (event: Input) => {
    const { statusCode, body } = await handle(event);
    return { statusCode, ...(JSON.parse(body) as Record<string, unknown>) };
  };
  return {
    stores,
    machines,
    objects,
    enrol: (fields: object = {}) =>
      post({ pathParameters: { proxy: 'enrol' }, body: JSON.stringify({ v: 1, jobId: JOB, token: TOKEN, nonce: NONCE, ...fields }) }),
    send: (message: object, header = 'X-Trawl-Signature') => {
      const { rawBody, signature } = received(message);
      return post({ pathParameters: { proxy: JOB }, headers: { [header]: signature }, body: rawBody.toString() });
    },
    post,
    at: (time: string) => {
      now = new Date(time);
    },
  };
};

describe('enrolment', () => {
  test('a token buys the key of its attempt, and the same nonce buys it again', async () => {
    const trawl = await installation();
    const expected = { statusCode: 200, key: attemptKeyOf(MASTER, JOB, 1), attempt: 1, order: 'run', serverTime: NOW.toISOString() };
    expect(await trawl.enrol()).toMatchObject(expected);
    expect(await trawl.enrol()).toMatchObject(expected);
  });

  test('another nonce is refused and brings a person', async () => {
    const trawl = await installation();
    await trawl.enrol();
    expect(await trawl.enrol({ nonce: 'another-nonce-of-sixteen' })).toMatchObject({ statusCode: 403, error: 'token-spent' });
    expect((await trawl.stores.sources.get('study:PRJEB1'))?.needsAttention).toMatchObject({ reason: 'enrolment-replayed' });
  });

  test.each([
    { name: 'a wrong token', fields: { token: 'x'.repeat(43) }, expected: { statusCode: 403, error: 'wrong-token' } },
    {
      name: 'an unknown job looks like a wrong token',
      fields: { jobId: 'study-PRJEB1.1.9.a1.fetch' },
      expected: { statusCode: 403, error: 'wrong-token' },
    },
    { name: 'a request that is none', fields: { nonce: 5 }, expected: { statusCode: 422 } },
  ])('$name is refused without attention', async ({ fields, expected }) => {
    const trawl = await installation();
    expect(await trawl.enrol(fields)).toMatchObject(expected);
    expect((await trawl.stores.sources.get('study:PRJEB1'))?.needsAttention).toBeUndefined();
  });

  test('of two that use a token at the same moment, one gets the key', async () => {
    const trawl = await installation();
    const answers = await Promise.all([trawl.enrol(), trawl.enrol({ nonce: 'another-nonce-of-sixteen' })]);
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 403]);
  });

  test('a token is dead after the start deadline, and for a job that is over', async () => {
    const late = await installation();
    late.at('2026-11-21T09:00:00.001Z');
    expect(await late.enrol()).toMatchObject({ statusCode: 403, error: 'expired' });
    expect(await (await installation({ status: 'cancelled' })).enrol()).toMatchObject({ statusCode: 403, error: 'job-ended' });
  });
});

describe('callbacks', () => {
  test('started, progress and finished move the job, answer who waits, and store the report', async () => {
    const trawl = await installation();
    await trawl.stores.waits.arrive(waitId.started(JOB), 'token-1');
    await trawl.stores.waits.arrive(waitId.ended(JOB), 'token-2');
    expect(await trawl.send(envelope('started', 1, { body: { slurmId: '63' } }))).toMatchObject({ accepted: true, order: 'run' });
    expect(await trawl.send(envelope('progress', 2, { body: { done: 1 } }), 'x-trawl-signature')).toMatchObject({ accepted: true });
    expect(await trawl.stores.jobs.get(JOB)).toMatchObject({ status: 'started', slurmId: '63', progress: { done: 1 }, lastSeq: 2 });
    expect(await trawl.send(envelope('finished', 3))).toMatchObject({ accepted: true, order: 'stop' });
    expect(await trawl.stores.jobs.get(JOB)).toMatchObject({ status: 'finished', reportKey: `reports/${JOB}.json` });
    expect(JSON.parse(trawl.objects.text(`reports/${JOB}.json`) ?? '')).toMatchObject(report());
    expect(trawl.machines.answered.map(({ token, output }) => [token, output.outcome])).toEqual([
      ['token-1', 'started'],
      ['token-2', 'ended'],
    ]);
  });

  test('an end whose start was lost still counts as started, so that its results are swept', async () => {
    const trawl = await installation();
    await trawl.send(envelope('failed', 2));
    expect((await trawl.stores.waits.get(waitId.started(JOB)))?.fact).toEqual({ outcome: 'started' });
    expect((await trawl.stores.waits.get(waitId.ended(JOB)))?.fact).toMatchObject({ result: 'failed' });
  });

  test('a repeat is acknowledged and changes nothing', async () => {
    const trawl = await installation();
    await trawl.send(envelope('started', 1));
    await trawl.send(envelope('progress', 2, { body: { done: 2 } }));
    expect(await trawl.send(envelope('progress', 2, { body: { done: 1 } }))).toMatchObject({
      statusCode: 200,
      accepted: false,
      reason: 'repeated',
    });
    expect((await trawl.stores.jobs.get(JOB))?.progress).toEqual({ done: 2 });
  });

  test('a repeated end answers a wait that the first one left behind', async () => {
    const trawl = await installation({ status: 'finished', cause: 'finished' });
    await trawl.stores.waits.arrive(waitId.ended(JOB), 'token');
    expect(await trawl.send(envelope('finished', 3))).toMatchObject({ accepted: false, order: 'stop', reason: 'job-ended' });
    expect(trawl.machines.answered).toEqual([{ token: 'token', output: { outcome: 'ended', result: 'finished', cause: 'finished' } }]);
  });

  test('an unsigned message is refused and does not start the job', async () => {
    const trawl = await installation();
    const answer = await trawl.post({ pathParameters: { proxy: JOB }, headers: {}, body: JSON.stringify(envelope('started', 1)) });
    expect(answer).toMatchObject({ statusCode: 401 });
    expect((await trawl.stores.jobs.get(JOB))?.status).toBe('requested');
  });

  test.each([
    { name: 'an unknown job', proxy: 'study-PRJEB9.1.1.a1.fetch', body: '{}', status: 404 },
    { name: 'a path that is no job', proxy: '../../x', body: '{}', status: 404 },
    { name: 'a body of more than 64 KB', proxy: JOB, body: 'x'.repeat(65_537), status: 413 },
    { name: 'an enrolment that is no JSON', proxy: 'enrol', body: '{', status: 422 },
  ])('$name is answered $status', async ({ proxy, body, status }) => {
    const trawl = await installation();
    expect(await trawl.post({ pathParameters: { proxy }, body })).toMatchObject({ statusCode: status });
  });
});
