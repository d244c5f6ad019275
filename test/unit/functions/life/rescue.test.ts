/** A held worker brings its results to the bucket: what it says of that is believed after a look there. */
import { rescueHold } from '../../../../layers/core/use-cases/holds';
import { partBytesOf } from '../../../../layers/core/callbacks/rescue';
import { containing } from '../../matchers';
import { awayLife, contentOf, heldAway, md5Of, pathOf, RUN, SSH, WORKER } from './away-life';
import { runOf } from './world';

const ALL = { files: 2, bytes: 200, failed: 0 };
const asked = async () => {
  const life = await heldAway();
  await rescueHold(life.deps, WORKER, 'ada');
  return life;
};

test('links are given while a rescue is asked for, to the own files alone', async () => {
  const life = await heldAway();
  const question = { v: 1, files: [{ path: pathOf(1), bytes: 100 }] };
  expect(await life.links(question)).toMatchObject({ status: 409, body: { error: 'no-rescue-asked' } });
  await rescueHold(life.deps, WORKER, 'ada');
  expect(await life.say('alive')).toMatchObject({ order: 'rescue' });
  const url = `https://bucket.example/put/rescued/${WORKER}/${pathOf(1)}`;
  expect(await life.links(question)).toMatchObject({ status: 200, body: { v: 1, links: [{ path: pathOf(1), url }] } });
  expect(await life.links({ v: 1, files: [{ path: '../other/x', bytes: 1 }] })).toMatchObject({ status: 422 });
  expect(await life.links({ v: 1, files: [{ path: pathOf(1), bytes: 6e9 }] })).toMatchObject({ status: 422 });
});

test('what is all there is let go, and the attempt says that it was rescued', async () => {
  const life = await asked();
  await life.bring(1);
  expect(await life.say('rescued', { files: 1, bytes: 100, failed: 1 })).toMatchObject({ accepted: false, reason: 'still-held' });
  await life.bring(2);
  expect(await life.say('rescued', ALL)).toMatchObject({ accepted: true, reason: 'let-go' });
  expect(await life.say('rescued', ALL)).toMatchObject({ accepted: false });
  expect(await life.batch()).toMatchObject({ status: 'partial', attempts: [{ cause: 'rescued', detail: containing('host-key-changed') }] });
  await life.probe();
  await life.probe();
  expect(await life.worker()).toMatchObject({ status: 'gone' });
  expect(life.away.machines.size).toBe(0);
});

test.each([
  ['a file is missing', undefined, `${pathOf(2)} is not in the bucket`],
  ['a file is short', Buffer.alloc(90, '2'), `${pathOf(2)} has 90 bytes in the bucket, 100 are expected`],
  ['a file is another', Buffer.alloc(100, '3'), `${pathOf(2)} has md5 ${md5Of(Buffer.alloc(100, '3'))} in the bucket`],
])('where %s it stays held, says which, and is not told to bring it again until somebody asks', async (_, content, fault) => {
  const life = await asked();
  await life.bring(1);
  if (content) await life.bring(2, content);
  expect(await life.say('rescued', ALL)).toMatchObject({ accepted: false, reason: 'not-agreed', order: 'wait' });
  expect(await life.worker()).toMatchObject({ status: 'held', rescueFault: containing(fault), rescueFaults: 1 });
  await life.probe();
  expect(life.away.machines.size).toBe(1);
  await rescueHold(life.deps, WORKER, 'ada');
  await life.bring(2);
  expect(await life.say('rescued', ALL)).toMatchObject({ accepted: true });
  expect(await life.worker()).not.toHaveProperty('rescueFault');
});

test('a worker that says more than there is stays held', async () => {
  const life = await asked();
  await life.bring(1);
  await life.bring(2);
  expect(await life.say('rescued', { files: 3, bytes: 200, failed: 0 })).toMatchObject({ reason: 'not-agreed' });
});

test('of what is verified at home, and of runs that it failed, nothing has to be in the bucket', async () => {
  const life = await awayLife();
  await life.say('started', { ssh: SSH });
  await life.finished();
  await life.cluster.finishVerify(`${WORKER}.sweep-1`, { [runOf(2).accession]: 'publish-failed' });
  for (let sweep = 2; sweep <= 5; sweep += 1) {
    life.pass(1_000);
    await life.machines.start('sweep-results', `tick-${sweep}`, { id: `tick-${sweep}` });
    await life.machines.settled();
    await life.cluster.finishVerify(`${WORKER}.sweep-${sweep}`, { [runOf(2).accession]: 'publish-failed' });
  }
  expect(await life.worker()).toMatchObject({ status: 'held', heldCause: 'publish-failed' });
  await rescueHold(life.deps, WORKER, 'ada');
  await life.bring(2);
  expect(await life.say('rescued', { files: 1, bytes: 100, failed: 0 })).toMatchObject({ accepted: true });
});

describe('a file that is larger than one PUT takes', () => {
  const half = [contentOf(1).subarray(0, 60), contentOf(1).subarray(60)] as const;
  const upload = { path: pathOf(1), bytes: 100, md5: md5Of(contentOf(1)) };
  const parts = half.map(md5Of);
  const begin = async () => {
    const life = await asked();
    const { body } = await life.links({ v: 1, upload: { ...upload, parts: [1, 2] } });
    const { uploadId, links } = body['upload'] as { uploadId: string; links: readonly { readonly part: number; readonly url: string }[] };
    const send = (part: number) => life.objects.send(links[part - 1]?.url ?? '', half[part - 1] ?? Buffer.alloc(0));
    const complete = (with_: object = {}) => life.links({ v: 1, complete: { ...upload, uploadId, parts, ...with_ } });
    return { life, body, uploadId, send, complete };
  };

  test('goes up in parts, by links that are asked for as often as it takes', async () => {
    const { life, body, uploadId, send, complete } = await begin();
    expect(body).toMatchObject({ v: 1, upload: { partBytes: 64 * 1024 ** 2 } });
    const more = await life.links({ v: 1, upload: { ...upload, uploadId, parts: [2] } });
    expect(more.body).toMatchObject({ upload: { uploadId, links: [{ part: 2 }] } });
    await send(1);
    await send(2);
    expect(await complete()).toMatchObject({ status: 200, body: { completed: pathOf(1) } });
    // Its answer may have been lost.
    expect(await complete()).toMatchObject({ status: 200, body: { completed: pathOf(1) } });
    expect(life.objects.text(`rescued/${WORKER}/${pathOf(1)}`)).toBe(contentOf(1).toString());
    await life.bring(2);
    expect(await life.say('rescued', ALL)).toMatchObject({ accepted: true });
  });

  test('is not there while a part is missing or another than was said', async () => {
    const { life, send, complete } = await begin();
    await send(1);
    expect(await complete()).toMatchObject({ status: 410, body: { error: 'upload-not-whole' } });
    await send(2);
    expect(await complete({ parts: [parts[1], parts[0]] })).toMatchObject({ status: 410 });
    await life.bring(2);
    expect(await life.say('rescued', ALL)).toMatchObject({ reason: 'not-agreed' });
    expect(await life.worker()).toMatchObject({ rescueFault: containing(`${pathOf(1)} is not in the bucket`) });
  });

  test.each([
    [6e9, 64 * 1024 ** 2],
    [1e12, 1e9],
    [5 * 1024 ** 4, Math.ceil((5 * 1024 ** 4) / 1000)],
  ])('of %d bytes has no more parts than one message can name, and none larger than S3 takes', (bytes, partBytes) => {
    expect(partBytesOf(bytes)).toBe(partBytes);
    expect(Math.ceil(bytes / partBytesOf(bytes))).toBeLessThanOrEqual(1000);
    expect(partBytesOf(bytes)).toBeLessThanOrEqual(5 * 1024 ** 3 + 1024 ** 3);
  });
});

test('a worker speaks on after the end of its job, and that is noted', async () => {
  const life = await heldAway();
  life.pass(500);
  await life.say('alive');
  expect(await life.stores.jobs.get(RUN)).toMatchObject({ status: 'finished', lastHeardAt: life.now().toISOString() });
});
