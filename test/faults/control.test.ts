/** What befalls the control plane itself: tokens, keys, poisoned words and events, and a Nextflow that stalls. One installation, all of them at once. */
import { functionLogs } from '../world/aws/function-logs';
import { begun, castOf } from '../e2e/faults/cast';
import { causesOf, expectMendedAlone } from '../e2e/faults/expectations';
import { placeFor } from '../e2e/faults/place';
import { nameToTrawl } from '../e2e/faults/watched-source';
import { masterRotated, retireMaster } from './control/master';
import { poisoned, type Poisoned } from './control/poison';
import { nextflowStalled } from './control/stalled';
import { putOldTokens, statesEntered, untilAnswered, withoutNodes } from './control/tokens';

const NAMES = ['token expired', 'token unknown', 'master rotated', 'after rotation', 'poisoned', 'stalled'] as const;

describe('the control plane', () => {
  jest.setTimeout(1_800_000);
  // The shortest that are allowed: a wait that times out, and a job that is ended for its time.
  const place = placeFor('ministack', {
    name: 'control',
    overrides: {
      startDeadlineSeconds: 60,
      fetch: { resources: { cpus: 1, memoryMb: 900, timeMinutes: 6 }, parameters: {} },
    },
  });
  const { gather, the } = castOf(NAMES);
  const startedAt = Date.now();
  let tokens: Promise<void>;
  let rotated: ReturnType<ReturnType<typeof masterRotated>['play']>;
  let poison: Promise<Poisoned>;
  let stalled: Promise<void>;

  beforeAll(async () => {
    await gather(place());
    const scenarios = [
      masterRotated(place(), the('master rotated')),
      poisoned(place(), the('poisoned')),
      nextflowStalled(place(), the('stalled')),
    ] as const;
    for (const { arrange } of scenarios) await arrange();
    await nameToTrawl(
      place(),
      scenarios.map(({ source }) => source),
    );
    [rotated, poison, stalled] = [begun(scenarios[0].play()), begun(scenarios[1].play()), begun(scenarios[2].play())];
    // What runs goes on without nodes for others.
    for (const { source } of scenarios) await source.until('a job at work', async () => (await source.jobNow())?.startedAt !== undefined);
    const [expired, unknown] = [the('token expired'), the('token unknown')];
    await withoutNodes(place(), async () => {
      await nameToTrawl(place(), [expired, unknown]);
      await putOldTokens(place(), expired, unknown);
    });
    const told = [expired, unknown].map((source) => untilAnswered(place(), source).then(() => source.untilSettled()));
    tokens = begun(Promise.all(told).then(() => undefined));
  }, 600_000);

  it('makes good an answer to a token that has timed out, or that was never issued, in one attempt and without a loop', async () => {
    await tokens;
    for (const name of ['token expired', 'token unknown'] as const) {
      await expectMendedAlone(place(), the(name));
      expect(await causesOf(the(name))).toEqual([['finished']]);
      expect(await statesEntered(place(), the(name))).toMatchObject({ AwaitStarted: 2, ProbeWorker: 2, ReleaseWorker: 1 });
    }
  });

  it('hears a job through a rotation of the master secret, and retires the old one when it has ended', async () => {
    const { refusal, after } = await rotated;
    expect(refusal).toContain('with keys of the old secret');
    expect(after).toEqual(['200']);
    await expectMendedAlone(place(), the('master rotated'));
    expect(await causesOf(the('master rotated'))).toEqual([['finished']]);
    // All jobs of the old one have to end before.
    await Promise.all([tokens, poison, stalled]);
    expect(await retireMaster(place())).toMatchObject({ retired: true, unheard: [] });
    const source = the('after rotation');
    await nameToTrawl(place(), [source]);
    await source.untilSettled();
    await expectMendedAlone(place(), source);
    expect(await causesOf(source)).toEqual([['finished']]);
  });

  it('refuses poisoned words, fails poisoned executions where they are seen, and goes on with all others', async () => {
    const { machines, ...answers } = await poison;
    expect(answers).toEqual({ enrol: [413, 422], unsigned: [401, 413], signed: [422] });
    // A tick that fails leaves the asking of the cluster, and has an alarm of its own.
    const { heartbeat, ...others } = machines;
    expect({ heartbeat, others: [...new Set(Object.values(others))] }).toEqual({ heartbeat: 'SUCCEEDED', others: ['FAILED'] });
    const words = await functionLogs(place().installation.emulator, startedAt);
    const settling = words.filter(({ group, message }) => group.endsWith('-settle-execution') && /error/i.test(message));
    expect(settling.length).toBeGreaterThanOrEqual(2);
    await expectMendedAlone(place(), the('poisoned'));
    expect(await causesOf(the('poisoned'))).toEqual([['finished']]);
  });

  it('ends a Nextflow that stalls when its time is over, and brings home what it has done without doing it again', async () => {
    await stalled;
    await expectMendedAlone(place(), the('stalled'));
    expect(await causesOf(the('stalled'))).toEqual([['time-limit']]);
  });
});
