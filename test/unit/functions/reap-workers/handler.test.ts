import { endTidying } from '../../../../layers/core/reaping/tidying-lease';
import { memoryGate } from '../../../../layers/adapters/fakes/gate';
import { reapWorkersHandler } from '../../../../functions/reap-workers/handler';
import { awayLife, RUN, type AwayLife } from '../life/away-life';
import { marksOf, reportOf, typesOf } from './look';

const ORPHAN = 'test.study-PRJEB9.1.1.a1.fetch';
const give = (life: AwayLife, key: string, providerRef = '99', with_: object = {}): void =>
  void life.away.machines.set(key, { key, providerRef, state: 'running', rawState: 'active', ...with_ });

test('where all is well nothing is marked, and the report says what there is', async () => {
  const life = await awayLife();
  expect(await life.reap()).toMatchObject({ outcome: 'reaped', marked: 0, acted: 0, errors: 0 });
  expect(await reportOf(life)).toMatchObject({
    listed: [
      { place: 'provider/slurm', alive: 0 },
      { place: 'provider/droplet', alive: 1, keys: [`test.${RUN}`] },
      { place: 'jobs', alive: 0 },
    ],
  });
});

test('an orphan is marked, looked at again, destroyed, told and forgotten', async () => {
  const life = await awayLife();
  give(life, ORPHAN);
  expect(await life.reap()).toMatchObject({ marked: 1, acted: 0 });
  expect(life.away.machines.has(ORPHAN)).toBe(true);
  expect(await life.reap()).toMatchObject({ marked: 1, acted: 1 });
  expect([...life.away.machines.keys()]).toEqual([`test.${RUN}`]);
  expect(await typesOf(life, 'study:PRJEB9')).toEqual(['reaped-orphan-machine']);
  expect(await life.reap()).toMatchObject({ marked: 0, acted: 0, recovered: 1 });
});

test('tasks whose worker is there no more are cancelled at the second look, those of one that lives are not', async () => {
  const life = await awayLife();
  const [jobId, lost, living] = ['study-PRJEB8.1.1.a1.fetch', 'test.study-PRJEB9.1.1.a1.fetch', 'test.study-PRJEB8.1.1.a1.fetch'];
  const gate = memoryGate();
  const reap = async (id: string) => {
    life.pass(60);
    return reapWorkersHandler({ ...life.deps, gate })({ id });
  };
  const resources = { cpus: 1, memoryMb: 1, timeMinutes: 1 };
  await gate.submit({ v: 1, key: living, jobId, kind: 'run', deadlineEpochSeconds: 1, resources, enrolment: null, spec: {} });
  gate.setTasks(lost, 3);
  gate.setTasks(living, 2);
  expect(await reap('one')).toMatchObject({ marked: 1, acted: 0 });
  expect(await marksOf(life)).toEqual([[`tasks/${lost}`, 'tasks-without-head']]);
  expect(gate.calls['cancel']).toBeUndefined();
  expect(await reap('two')).toMatchObject({ acted: 1 });
  expect(await gate.status([], 'test')).toMatchObject({ answer: { tasks: [{ key: living, jobs: 2 }] } });
  expect(await typesOf(life, 'study:PRJEB9')).toEqual(['reaped-tasks-without-head']);
});

test('one that carries the tag, or that a person named, is shown and lives', async () => {
  const life = await awayLife();
  give(life, ORPHAN, '98', { kept: true });
  give(life, 'test.study-PRJEB8.1.1.a1.fetch', '99');
  await life.stores.reaps.keep({ name: '99', by: 'ana', at: life.now().toISOString() });
  for (let cycle = 0; cycle < 3; cycle += 1) expect(await life.reap()).toMatchObject({ marked: 2, acted: 0 });
  expect((await reportOf(life)).marks.map(({ keptBy }) => keptBy)).toEqual(['tag', 'ana']);
  await life.stores.reaps.unkeep('99');
  await life.reap();
  expect([...life.away.machines.keys()]).toEqual([`test.${RUN}`, ORPHAN]);
});

test('a machine whose execution is known and whose worker the table lacks is left to a person', async () => {
  const life = await awayLife();
  await life.machines.start('process-batch', 'study-PRJEB9.1.1.a1', {
    batchId: 'study-PRJEB9.1.1',
    attempt: 1,
    workerId: 'study-PRJEB9.1.1.a1',
  });
  await life.machines.settled();
  give(life, ORPHAN);
  for (let cycle = 0; cycle < 3; cycle += 1) await life.reap();
  expect(life.away.machines.has(ORPHAN)).toBe(true);
  expect(await marksOf(life)).toEqual([['machine/droplet/99', 'unknown-machine']]);
});

test('a provider that does not answer neither condemns nor clears', async () => {
  const life = await awayLife();
  give(life, ORPHAN);
  await life.reap();
  life.away.silent = true;
  expect(await life.reap()).toMatchObject({ outcome: 'reaped', marked: 1, acted: 0 });
  expect((await reportOf(life)).listed).toContainEqual({ place: 'provider/droplet', keys: [], unknown: 'no answer' });
  life.away.silent = false;
  expect(await life.reap()).toMatchObject({ acted: 1 });
});

test('one bad item stops no other: its error is told, and the cycle is incomplete', async () => {
  const life = await awayLife();
  give(life, ORPHAN, '98');
  give(life, 'test.study-PRJEB8.1.1.a1.fetch', '99');
  await life.reap();
  const provider = life.deps.providers.get('droplet')!;
  const destroy: typeof provider.destroy = async (key, ref) => {
    if (ref === '98') throw new Error('the answer is no JSON');
    return provider.destroy(key, ref);
  };
  const deps = { ...life.deps, providers: new Map(life.deps.providers).set('droplet', { ...provider, destroy }) };
  life.pass(60);
  expect(await reapWorkersHandler(deps)({ id: 'one' })).toMatchObject({ outcome: 'incomplete', acted: 1, errors: 1 });
  expect([...life.away.machines.keys()]).toEqual([`test.${RUN}`, ORPHAN]);
  expect((await reportOf(life)).errors).toEqual([{ subject: 'machine/droplet/98', error: 'Error: the answer is no JSON' }]);
});

test('a part that cannot be read leaves the marks of its place as they are', async () => {
  const life = await awayLife();
  give(life, ORPHAN);
  await life.reap();
  const stores = { ...life.stores, workers: { ...life.stores.workers, get: async () => Promise.reject(new Error('throttled')) } };
  life.pass(60);
  expect(await reapWorkersHandler({ ...life.deps, stores })({ id: 'two' })).toMatchObject({ outcome: 'incomplete', marked: 1, acted: 0 });
});

test('cycles that overlap are one, and a lease that its holder left runs out', async () => {
  const life = await awayLife();
  await life.stores.leases.take(
    'reap-workers',
    'another',
    life.now().toISOString(),
    new Date(life.now().getTime() + 120_000).toISOString(),
  );
  expect(await life.reap()).toEqual({ outcome: 'busy', id: expect.any(String) as string });
  expect(await life.reap(121)).toMatchObject({ outcome: 'reaped' });
});

test('what is old is removed once a day, by whoever comes first; where that dies, the try is made again after two hours', async () => {
  const life = await awayLife();
  expect(await life.reap()).toMatchObject({ tidy: true });
  expect(await life.reap()).toMatchObject({ tidy: false });
  const second = await life.reap(2 * 3600);
  expect(second).toMatchObject({ tidy: true });
  await endTidying(life, second.id);
  expect(await life.reap(23 * 3600)).toMatchObject({ tidy: false });
  expect(await life.reap(3600)).toMatchObject({ tidy: true });
});
