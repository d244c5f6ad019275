/** The end of a hold (I5): rescued by itself, given up only where ENA still serves it, else kept and told to a person. */
import { probeJobsHandler } from '../../../../functions/probe-jobs/handler';
import { EARLY_RULES } from '../../../../layers/core/dispatch/judge-early';
import { HOLD_RULES } from '../../../../layers/core/dispatch/judge-hold';
import { rescueHold, retryHold } from '../../../../layers/core/use-cases/holds';
import { containing } from '../../matchers';
import { HOLD_HOURS, heldAway, RUN, SOURCE, WORKER, type AwayLife } from './away-life';
import { lifeWorld, runOf } from './world';

const HOUR = 3600;
const ALL = { files: 2, bytes: 200, failed: 0 };
const attention = async (life: AwayLife) => (await life.stores.sources.get(SOURCE))?.needsAttention;
const history = async (life: AwayLife, type: string) =>
  (await life.stores.events.ofSource(SOURCE)).items.filter((event) => event.type === type);
/** It was asked to end; the beat after finds it gone. */
async function isLetGo(life: AwayLife): Promise<void> {
  await life.probe();
  expect(await life.worker()).toMatchObject({ status: 'gone' });
  expect(life.away.machines.size).toBe(0);
}
/** Its time is over, and it was told to bring its results away. */
async function over(): Promise<AwayLife> {
  const life = await heldAway();
  await life.probe(HOLD_HOURS * HOUR);
  return life;
}

test('before its end nothing is asked of it, and it is attended to', async () => {
  const life = await heldAway();
  await life.probe(HOLD_HOURS * HOUR - 60);
  expect(await life.say('alive')).toMatchObject({ order: 'wait' });
  expect(await attention(life)).toMatchObject({ reason: 'results-held' });
});

test('at its end it is told to bring its results to the bucket, once, and let go when they are there', async () => {
  const life = await over();
  await life.probe();
  expect(await history(life, 'job-rescue-asked')).toMatchObject([{ actor: 'probe-jobs' }]);
  expect(await life.say('alive')).toMatchObject({ order: 'rescue' });
  for (let hour = 0; hour < 3; hour += 1) {
    await life.say('alive');
    await life.probe(HOUR - 60);
  }
  expect(await life.worker()).toMatchObject({ status: 'held' });
  await life.bring(1);
  await life.bring(2);
  await life.say('rescued', ALL);
  await life.probe();
  await isLetGo(life);
  expect(life.objects.keys().filter((key) => key.startsWith('rescued/'))).toHaveLength(2);
});

test('one that is not heard any more is given up where ENA still serves its files, and that is recorded', async () => {
  const life = await over();
  await life.probe(HOUR - 60);
  expect(await life.worker()).toMatchObject({ status: 'held' });
  await life.probe(120);
  await isLetGo(life);
  expect(await history(life, 'worker-give-up')).toMatchObject([{ actor: 'probe-jobs', detail: containing('ENA still serves its files') }]);
  expect(await life.batch()).toMatchObject({ attempts: [{ attempt: 1, cause: 'given-up', detail: containing('not heard since') }] });
});

test.each([
  { outcome: 'other', detail: 'it has 90 bytes, listed were 100' },
  { outcome: 'unknown', detail: 'connect ECONNREFUSED' },
] as const)(
  'where ENA says $outcome it is kept, and a person is told why and at what cost; it is looked at again later',
  async (answer) => {
    const life = await over();
    life.archive = answer;
    await life.probe(HOUR + 60);
    await life.probe();
    expect(await life.worker()).toMatchObject({ status: 'held', overdueAt: containing('T') });
    expect(await attention(life)).toMatchObject({ reason: 'hold-overdue', step: 'ProbeJobs' });
    const detail = (await attention(life))?.detail ?? '';
    expect(detail).toContain(`1.fastq.gz as it was: ${answer.detail}`);
    expect(detail).toMatch(/18\.50 dollars so far, 0\.25 more each hour/);
    expect(await history(life, 'worker-hold-overdue')).toHaveLength(1);
    life.archive = { outcome: 'same' };
    await life.probe(6 * HOUR);
    await isLetGo(life);
  },
);

test('what cannot be fetched again is never given up', async () => {
  const life = await over();
  const key = `attempts/${WORKER}/manifest.json`;
  const manifest = JSON.parse(life.objects.text(key) ?? '') as { stage: object };
  await life.objects.putJson(key, { ...manifest, stage: { ...manifest.stage, name: 'assemble' } });
  for (let days = 0; days < 10; days += 1) await life.probe(24 * HOUR);
  expect(await life.worker()).toMatchObject({ status: 'held' });
  expect(await attention(life)).toMatchObject({ reason: 'hold-overdue', detail: containing('stage assemble cannot be fetched again') });
  expect(life.away.machines.size).toBe(1);
});

test('a worker whose word the bucket contradicts is asked three times, then it is as one that cannot', async () => {
  const life = await heldAway();
  await life.probe(HOLD_HOURS * HOUR);
  for (let time = 0; time < 3; time += 1) {
    expect(await life.say('rescued', ALL)).toMatchObject({ reason: 'not-agreed' });
    await life.probe();
  }
  await isLetGo(life);
  expect(await life.batch()).toMatchObject({ attempts: [{ cause: 'given-up', detail: containing('is not in the bucket') }] });
});

test('a rescue that goes on for ever ends too', async () => {
  const life = await over();
  for (let hour = 0; hour < 14; hour += 1) {
    await life.say('alive');
    await life.probe(HOUR - 60);
  }
  await isLetGo(life);
});

test('a held worker that its provider has no more is no hold any more, at any time', async () => {
  const life = await heldAway();
  life.away.machines.clear();
  life.away.silent = true;
  await life.probe();
  expect(await life.worker()).toMatchObject({ status: 'held' });
  life.away.silent = false;
  await life.probe();
  expect(await life.worker()).toMatchObject({ status: 'gone' });
  expect(await life.batch()).toMatchObject({ attempts: [{ cause: 'machine-gone' }] });
});

test('a sweep that a person asks for forgets what the hold knew', async () => {
  const life = await heldAway();
  await rescueHold(life.deps, WORKER, 'ada');
  await life.say('rescued', ALL);
  await retryHold(life.deps, WORKER, 'ada');
  const worker = await life.worker();
  for (const field of ['heldAt', 'rescueFault', 'rescueFaults', 'overdueAt']) expect(worker).not.toHaveProperty(field);
});

test('what lies at home costs nothing and waits for a person', async () => {
  const world = lifeWorld();
  await world.plan(SOURCE, [[runOf(1)]]);
  await world.dispatch();
  await world.cluster.start(RUN);
  await world.cluster.finishRun(RUN);
  await world.cluster.lose(`${WORKER}.verify-1`, 'group-unknown');
  world.pass(1000 * HOUR);
  const rules = { ...HOLD_RULES, holdSeconds: HOUR };
  await probeJobsHandler({ ...world.deps, archive: { serves: async () => ({ outcome: 'same' }) }, rules, early: EARLY_RULES })({});
  expect(await world.stores.workers.get(WORKER)).toMatchObject({ status: 'held' });
});
