import { memoryGate } from '../../../layers/adapters/fakes/gate';
import { memoryStores } from '../../../layers/adapters/fakes/stores';
import { workerProviders } from '../../../layers/adapters/providers';
import { ClusterSetting } from '../../../layers/core/settings';
import type { WorkerRequest } from '../../../layers/core/ports/outside';

const REQUEST: WorkerRequest = {
  ...{ workerId: 'study-PRJEB1.1.1.a1', jobId: 'study-PRJEB1.1.1.a1.assemble', deadline: new Date('2026-01-02T00:00:00Z') },
  ...{ resources: { cpus: 1, memoryMb: 2_048, timeMinutes: 600 }, enrolment: { url: 'https://x.example', token: 't' } },
  spec: { stage: 'assemble', tasks: 'cluster' },
};
const PLACE = { transport: 'ssh', host: 'head', port: 22, user: 'trawl', hostKey: 'ssh-ed25519 A', root: '/data' };

/** What a cluster that is set up like this is asked for. */
const asked = async (cluster: object, request: WorkerRequest) => {
  const gate = memoryGate();
  const settings = { INSTALLATION: 'lab', DROPLET: null, DIGITALOCEAN_TOKEN_PARAMETER: '' };
  const CLUSTER = ClusterSetting.parse(JSON.stringify({ ...PLACE, ...cluster }));
  const provider = workerProviders({ ...settings, CLUSTER }, memoryStores(), gate, { get: async () => '' }).get('slurm')!;
  return { created: await provider.create(request), spec: gate.submitted[0]?.spec };
};

test('a worker whose tasks are jobs of the cluster is told how many and where, as workers go unless it is said otherwise', async () => {
  const { created, spec } = await asked(
    { partition: 'work', account: 'lab', qos: 'long', tasks: { queueSize: 7, partition: 'big' } },
    { ...REQUEST, hasTasks: true },
  );
  expect(created).toMatchObject({ outcome: 'done' });
  expect(spec).toEqual({
    ...REQUEST.spec,
    taskLimits: { queueSize: 7, submitsPerMinute: 60, pollSeconds: 30, partition: 'big', account: 'lab', qos: 'long' },
  });
});

test('a worker is told as many as were reserved for it, whatever the installation says by now, and never what all may have', async () => {
  const { spec } = await asked({ tasks: { queueSize: 7, atOnce: 70 } }, { ...REQUEST, hasTasks: true, queueSize: 5 });
  expect(JSON.parse(JSON.stringify(spec))).toEqual({
    ...REQUEST.spec,
    taskLimits: { queueSize: 5, submitsPerMinute: 60, pollSeconds: 30 },
  });
});

test('a cap over all in which no worker would fit is refused where it is said', () => {
  const parsed = ClusterSetting.safeParse(JSON.stringify({ ...PLACE, tasks: { queueSize: 7, atOnce: 6 } }));
  expect(parsed.error?.issues).toMatchObject([{ path: ['tasks', 'atOnce'], message: expect.stringContaining('queueSize') as string }]);
});

test('a worker without such tasks is told nothing of them', async () => {
  expect((await asked({ tasks: {} }, REQUEST)).spec).toEqual(REQUEST.spec);
});

test('where the cluster is not to have any, none is made and a person is told', async () => {
  const { created, spec } = await asked({ partition: 'work' }, { ...REQUEST, hasTasks: true });
  expect(created).toMatchObject({ outcome: 'failed', reason: 'tasks-not-allowed', retry: 'never' });
  expect(spec).toBeUndefined();
});
