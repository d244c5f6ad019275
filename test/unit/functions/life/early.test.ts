/** Early sweeps: what is done comes home before the end, and silence leads to looks, never by itself to an end. */
import { EARLY_RULES } from '../../../../layers/core/dispatch/judge-early';
import { BATCH, RUN, SOURCE, SSH, WORKER } from './away-life';
import { earlyJob, earlyLife, stillLooks, sweptRun } from './early-life';
import { keyOf, runOf } from './world';

const runsOf = (text: string | undefined) =>
  (JSON.parse(text ?? '') as { readonly runs: readonly { readonly accession: string }[] }).runs.map(({ accession }) => accession);
const warningsOf = async ({ stores }: Awaited<ReturnType<typeof earlyLife>>) => (await stores.sources.get(SOURCE))?.generatedWarning ?? [];
async function cleared({ stores, now }: Awaited<ReturnType<typeof earlyLife>>): Promise<void> {
  const source = await stores.sources.get(SOURCE);
  const event = { entityId: SOURCE, sourceId: SOURCE, at: now().toISOString(), type: 'test', actor: 'test' };
  if (source) await stores.sources.change(source, { generatedWarning: [] }, event);
}

describe.each([{ twice: false }, { twice: true }])('(each function run twice: $twice)', (options) => {
  test('what is done comes home within the hour, and of a machine that vanishes then only the rest is fetched again', async () => {
    const life = await earlyLife(options);
    await life.speaking(3_300, 1);
    expect(life.cluster.open('sweep')).toEqual([]);
    await life.speaking(480, 1);
    expect(life.cluster.open('sweep')).toEqual([earlyJob(1)]);
    const { spec } = life.cluster.jobs.get(earlyJob(1))?.request ?? {};
    expect(spec).toMatchObject({ early: true, pull: { ...SSH, path: `${WORKER}/fetch` }, staging: `staging/${WORKER}/fetch` });
    await life.reached(1, { runs: [sweptRun(1)], word: life.word(2) });
    expect(await life.worker()).toMatchObject({ status: 'live', sweep: 0, sweepFailures: 0 });
    await life.speaking(4_000, 1);
    expect(life.cluster.open('sweep')).toEqual([]);
    life.away.machines.clear();
    for (let look = 0; look < 7; look += 1) await life.probe();
    expect(await life.job()).toMatchObject({ status: 'lost', cause: 'machine-gone' });
    expect(await life.batch()).toMatchObject({ status: 'planned', completeRuns: 1, attempts: [{ cause: 'machine-gone' }] });
    const known = await life.stores.outcomes.get([keyOf(runOf(1)), keyOf(runOf(2))]);
    expect([...known.values()].map(({ result }) => result)).toEqual(['complete']);
    life.pass(60);
    await life.dispatch('droplet');
    expect(runsOf(life.objects.text(`attempts/${BATCH}.a2/manifest.json`))).toEqual([runOf(2).accession]);
  });

  test('the next brings only what none has brought, and the end ranks what the sweep for good says', async () => {
    const life = await earlyLife(options);
    await life.speaking(3_840, 1);
    await life.reached(1, { runs: [sweptRun(1)] });
    await life.speaking(3_840, 2);
    expect((life.cluster.jobs.get(earlyJob(2))?.request.spec['runs'] as readonly object[]).length).toBe(1);
    await life.reached(2, { runs: [{ ...sweptRun(2), result: 'refused', reason: 'md5-mismatch' }] });
    await life.finished();
    await life.cluster.finishVerify(`${WORKER}.sweep-1`);
    expect(await life.batch()).toMatchObject({ status: 'complete', completeRuns: 2 });
    expect(life.away.machines.size).toBe(0);
  });

  test('an agent that says nothing new at three looks over ten minutes is silent, and not before: what it holds is swept, then its machine ends', async () => {
    const life = await earlyLife(options);
    await life.probe(EARLY_RULES.silenceSeconds - 1);
    expect(life.cluster.open('sweep')).toEqual([]);
    await life.probe(1);
    expect(life.cluster.open('sweep')).toEqual([earlyJob(1)]);
    // One at a time, however long it takes.
    await life.probe(EARLY_RULES.silenceSeconds);
    expect(life.cluster.open('sweep')).toEqual([earlyJob(1)]);
    await life.reached(1, { runs: [sweptRun(1)], word: life.word(1) });
    for (const look of [2, 3]) {
      await life.probe(EARLY_RULES.silenceSeconds / 2);
      await life.reached(look, { word: life.word(1) });
      expect(await life.job()).toMatchObject({ status: 'started', still: { looks: look } });
    }
    await life.probe(1);
    expect(await life.job()).toMatchObject({ status: 'lost', cause: 'agent-silent' });
    expect(life.away.machines.size).toBe(1);
    expect(life.cluster.open('sweep')).toEqual([`${WORKER}.sweep-1`]);
    await life.cluster.finishVerify(`${WORKER}.sweep-1`, { [runOf(2).accession]: 'missing' });
    expect(life.away.machines.size).toBe(0);
    expect(await life.batch()).toMatchObject({ status: 'planned', completeRuns: 1, attempts: [{ cause: 'agent-silent' }] });
    expect((await life.stores.sources.get(SOURCE))?.needsAttention).toBeUndefined();
  });

  test('three looks in less than that time end nothing, and a word that is heard meanwhile ends the row', async () => {
    const life = await earlyLife(options);
    await stillLooks(life, 2);
    await life.say('alive');
    await life.probe(EARLY_RULES.silenceSeconds);
    await life.reached(3);
    expect(await life.job()).toMatchObject({ status: 'started', still: { looks: 1 } });
    await life.probe(EARLY_RULES.silenceSeconds / 2);
    await life.reached(4);
    await life.probe(1);
    expect(await life.job()).toMatchObject({ status: 'started', still: { looks: 2 } });
  });

  test('where its callbacks are cut and its word moves, nothing ends', async () => {
    const life = await earlyLife(options);
    for (let look = 1; look <= 8; look += 1) {
      await life.probe(EARLY_RULES.silenceSeconds);
      await life.reached(look, { word: life.word(1 + look, 'progress', { runsDone: look, runsTotal: 9 }) });
    }
    expect(await life.job()).toMatchObject({ status: 'started', lastSeq: 9, progress: { runsDone: 8, runsTotal: 9 } });
    expect((await life.job())?.still).toBeUndefined();
    expect(await warningsOf(life)).toEqual([]);
  });

  test('its end, heard in this way, is applied as the callback would have been', async () => {
    const life = await earlyLife(options);
    await life.probe(EARLY_RULES.silenceSeconds);
    const runs = [1, 2].map((number) => ({ accession: runOf(number).accession, result: 'done' }));
    const report = { v: 1, jobId: RUN, kind: 'run', result: 'finished', startedAt: 'x', endedAt: 'y', exitCode: 0, runs };
    await life.reached(1, { word: life.word(7, 'finished', report) });
    expect(await life.job()).toMatchObject({ status: 'finished', lastSeq: 7, reportKey: `reports/${RUN}.json` });
    expect(life.cluster.open('sweep')).toEqual([`${WORKER}.sweep-1`]);
    await life.cluster.finishVerify(`${WORKER}.sweep-1`);
    expect(await life.batch()).toMatchObject({ status: 'complete' });
  });

  test.each([
    ['of another attempt', { attempt: 2 }],
    ['of another job', { jobId: `${WORKER}.sweep-1` }],
    ['that is no message', { seq: 'x' }],
  ])('a word %s is none', async (_name, wrong) => {
    const life = await earlyLife(options);
    await life.probe(EARLY_RULES.silenceSeconds);
    await life.reached(1, { word: { ...life.word(9), ...wrong } });
    expect(await life.job()).toMatchObject({ lastSeq: 1, still: { looks: 1 } });
  });

  test('out of reach it is never ended before its deadline, and a person is told once', async () => {
    const life = await earlyLife(options);
    await life.probe(EARLY_RULES.silenceSeconds);
    const { deadline } = (await life.job()) ?? { deadline: '' };
    let looks = 0;
    while (life.now().toISOString() < deadline) {
      looks += 1;
      await life.cluster.lose(earlyJob(looks), looks % 2 === 0 ? 'pull-refused' : 'worker-unreachable');
      expect(await life.job()).toMatchObject({ status: 'started' });
      await life.probe(EARLY_RULES.silenceSeconds / 2);
    }
    expect(looks).toBeGreaterThan(3);
    const detail = expect.stringMatching(
      /provider; it said nothing since 2026-01-01T00:00.*worker-unreachable.*its job ends at 2026/,
    ) as string;
    expect(await warningsOf(life)).toEqual([{ code: 'worker-silent', detail }]);
    // A plan takes it away, and it is not told again of this worker.
    await cleared(life);
    await life.cluster.lose(earlyJob(looks + 1), 'worker-unreachable');
    await life.probe(EARLY_RULES.silenceSeconds);
    expect(await life.job()).toMatchObject({ status: 'lost', cause: 'deadline-passed' });
    expect(await life.worker()).toMatchObject({ sweepFailures: 0 });
    expect(await warningsOf(life)).toEqual([]);
    expect(life.cluster.open('sweep')).toEqual([`${WORKER}.sweep-1`]);
  });

  test('another host key is for a person, and ends nothing', async () => {
    const life = await earlyLife(options);
    await life.probe(EARLY_RULES.silenceSeconds);
    await life.cluster.lose(earlyJob(1), 'host-key-changed');
    expect(await life.stores.sources.get(SOURCE)).toMatchObject({ needsAttention: { reason: 'host-key-changed' } });
    expect(await life.job()).toMatchObject({ status: 'started' });
    expect(await life.worker()).toMatchObject({ status: 'live' });
  });

  test('its end during an early sweep waits for that one, so that no two pull into one place', async () => {
    const life = await earlyLife(options);
    await life.speaking(3_840, 1);
    await life.finished();
    expect(await life.worker()).toMatchObject({ status: 'ready' });
    await life.machines.start('sweep-results', 'tick', { id: 'tick' });
    await life.machines.settled();
    expect(life.cluster.open('sweep')).toEqual([earlyJob(1)]);
    await life.reached(1, { runs: [sweptRun(1)] });
    expect(life.cluster.open('sweep')).toEqual([`${WORKER}.sweep-1`]);
    await life.cluster.finishVerify(`${WORKER}.sweep-1`);
    expect(await life.batch()).toMatchObject({ status: 'complete', completeRuns: 2 });
  });

  test('an early sweep that comes to a worker whose work is over submits nothing', async () => {
    const life = await earlyLife(options);
    await life.finished();
    await life.machines.start('sweep-results', earlyJob(1), { workerId: WORKER, early: 1 });
    await life.machines.settled();
    const token = { workerId: WORKER, sweep: 1, jobId: earlyJob(1), early: true, taskToken: 'token' };
    expect(await life.handlers['VerifyResults']?.(token as never)).toEqual({ outcome: 'already-over' });
    expect(life.cluster.open('sweep')).toEqual([`${WORKER}.sweep-1`]);
    expect(await life.stores.jobs.get(earlyJob(1))).toMatchObject({ status: 'lost', cause: 'work-over' });
  });
});
