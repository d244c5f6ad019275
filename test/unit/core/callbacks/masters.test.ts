/** A rotation of the master secret: what began under the old one goes on under it, until it is retired. */
import { retireMaster, rotateMaster } from '../../../../cli/rotate-master';
import { attemptKeyOf, enrolmentTokenOf, signatureOf } from '../../../../layers/core/callbacks/keys';
import { enrolWorker, hearCallback, type CallbackDeps } from '../../../../layers/core/callbacks/serve';
import { prepareJob } from '../../../../layers/core/use-cases/prepare-job';
import { lifeWorld } from '../../functions/life/world';

const OLD = 'o'.repeat(64);
const NEW = 'n'.repeat(64);
const job = (number: number): string => `study-PRJEB1.1.1.a${number}.fetch`;

function begin() {
  const world = lifeWorld();
  const { deps, objects } = world;
  let value = OLD;
  /** What a function has kept from before. */
  let kept: string | undefined;
  const parameter = { read: async () => value, write: async (text: string) => void (value = text) };
  const read = async (_name: string, age?: 'anew'): Promise<string> => (age === 'anew' ? value : (kept ?? value));
  const callbacks: CallbackDeps = {
    ...deps,
    links: async () => ({}),
    putLinks: objects.links,
    getLink: objects.getLink,
    master: (age) => read('master', age),
  };
  const secrets = { get: (name: string, age?: 'anew') => (name === 'master' ? read(name, age) : deps.secrets.get(name)) };
  const expires = new Date(deps.now().getTime() + 3_600_000);
  return {
    ...{ parameter, stores: deps.stores, keep: (text: string) => void (kept = text) },
    prepare: (jobId: string) =>
      prepareJob(
        { ...deps, secrets, settings: { masterSecretName: 'master', baseUrlParameter: 'base' } },
        {
          jobId,
          kind: 'run',
          sourceId: 'study:PRJEB1',
          attempt: 1,
          deadline: expires.toISOString(),
          enrolmentExpiresAt: expires.toISOString(),
        },
      ),
    enrol: (jobId: string, token: string) =>
      enrolWorker(callbacks, Buffer.from(JSON.stringify({ v: 1, jobId, token, nonce: 'a'.repeat(64) }))),
    say: (jobId: string, key: string, seq: number) => {
      const rawBody = Buffer.from(JSON.stringify({ v: 1, jobId, attempt: 1, seq, sentAt: 'x', kind: 'alive', body: {} }));
      const path = `/callbacks/${jobId}`;
      return hearCallback(callbacks, { path, jobId, rawBody, signature: signatureOf(key, path, rawBody) });
    },
  };
}

test('a job keeps its token and key through a rotation, a later one has those of the new secret', async () => {
  const { parameter, prepare, enrol, say } = begin();
  const { enrolment } = await prepare(job(1));
  await rotateMaster(parameter, () => NEW);
  // A function that ran before the rotation runs once more.
  expect((await prepare(job(1))).enrolment).toEqual(enrolment);
  expect(await enrol(job(1), enrolment.token)).toMatchObject({ status: 200, body: { key: attemptKeyOf(OLD, job(1), 1) } });
  expect(await say(job(1), attemptKeyOf(OLD, job(1), 1), 1)).toMatchObject({ status: 200 });
  expect(await say(job(1), attemptKeyOf(NEW, job(1), 1), 2)).toMatchObject({ status: 401 });
  const second = await prepare(job(2));
  expect(second.enrolment.token).toBe(enrolmentTokenOf(NEW, job(2)));
  expect(await enrol(job(2), second.enrolment.token)).toMatchObject({ status: 200, body: { key: attemptKeyOf(NEW, job(2), 1) } });
  expect(await say(job(2), attemptKeyOf(NEW, job(2), 1), 1)).toMatchObject({ status: 200 });
});

test('a function that has kept the old secret alone hears jobs of the new one', async () => {
  const { parameter, prepare, say, keep } = begin();
  await rotateMaster(parameter, () => NEW);
  await prepare(job(1));
  keep(OLD);
  expect(await say(job(1), attemptKeyOf(NEW, job(1), 1), 1)).toMatchObject({ status: 200 });
});

test('the old secret is retired once nobody speaks with its keys, and only then is there another rotation', async () => {
  const { parameter, prepare, say, stores } = begin();
  await prepare(job(1));
  await rotateMaster(parameter, () => NEW);
  await expect(rotateMaster(parameter, () => 'x')).rejects.toThrow('the last rotation is not over');
  expect(await retireMaster(parameter, stores, false)).toEqual({ isRetired: false, jobs: [job(1)] });
  expect(await say(job(1), attemptKeyOf(OLD, job(1), 1), 1)).toMatchObject({ status: 200 });
  expect(await retireMaster(parameter, stores, true)).toEqual({ isRetired: true, jobs: [job(1)] });
  expect(await say(job(1), attemptKeyOf(OLD, job(1), 1), 2)).toMatchObject({ status: 401 });
  expect(await retireMaster(parameter, stores, false)).toEqual({ isRetired: false, jobs: [] });
  expect(await parameter.read()).toBe(NEW);
});
