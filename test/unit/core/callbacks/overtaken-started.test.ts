/** A machine says once where it is pulled from; that word may be overtaken by a later one, or heard by a call that dies. */
import { attemptKeyOf, signatureOf } from '../../../../layers/core/callbacks/keys';
import { hearCallback } from '../../../../layers/core/callbacks/serve';
import { prepareJob } from '../../../../layers/core/use-cases/prepare-job';
import { lifeWorld } from '../../functions/life/world';

const JOB = 'study-PRJEB1.1.1.a1.fetch';
const SSH = { host: '192.0.2.7', port: 22, user: 'root', hostKey: `ssh-ed25519 ${'B'.repeat(68)}` };

test('the address in a started that was overtaken is pinned', async () => {
  const { deps, objects } = lifeWorld();
  const later = new Date(deps.now().getTime() + 3_600_000).toISOString();
  const wanted = { jobId: JOB, kind: 'run', sourceId: 'study:PRJEB1', attempt: 1, deadline: later, enrolmentExpiresAt: later } as const;
  await prepareJob({ ...deps, settings: { masterSecretName: 'master', baseUrlParameter: 'base' } }, wanted);
  await deps.stores.jobs.note(JOB, { documentKey: 'attempts/x/spec.json' });
  const master = await deps.secrets.get('master');
  const callbacks = { ...deps, links: async () => ({}), putLinks: objects.links, getLink: objects.getLink, master: async () => master };
  const say = (kind: string, seq: number, body: object) => {
    const rawBody = Buffer.from(JSON.stringify({ v: 1, jobId: JOB, attempt: 1, seq, sentAt: 'x', kind, body }));
    const path = `/callbacks/${JOB}`;
    return hearCallback(callbacks, { path, jobId: JOB, rawBody, signature: signatureOf(attemptKeyOf(master, JOB, 1), path, rawBody) });
  };
  await say('alive', 2, {});
  expect(await say('started', 1, { ssh: SSH })).toMatchObject({ status: 200, body: { accepted: false, reason: 'repeated' } });
  expect((await deps.stores.jobs.get(JOB))?.ssh).toEqual(SSH);
});
