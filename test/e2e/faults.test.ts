import { begun, castOf } from './faults/cast';
import { causesOf, expectCompleteOnce, expectMendedAlone, expectOnlyPutOff, untilNoJobLeft } from './faults/expectations';
import { lateRepeat, strangeCallbacksInMotion, type StrangeCallbacks } from './faults/strange-callbacks';
import { placeFor } from './faults/place';
import {
  answersLost,
  callbackLost,
  executionAborted,
  jobCancelled,
  killedEachTime,
  nextflowKilled,
  outage,
  replyLost,
  type Aborted,
} from './faults/scenarios';
import { injected } from '../run/faults/ledger';
import { nameToTrawl } from './faults/watched-source';

const NAMES = [
  'reply lost',
  'nextflow killed',
  'job cancelled',
  'started lost',
  'finished lost',
  'answers lost',
  'aborted',
  'killed each time',
  'forged',
  'sshd down',
  'sshd down, late',
  'slurmctld down',
  'slurmctld down, late',
] as const;
const RUNS = { 'killed each time': 1, 'sshd down': 4, 'slurmctld down': 4 };

describe('faults on the real parts', () => {
  jest.setTimeout(1_200_000);
  const place = placeFor('ministack');
  const { gather, the } = castOf(NAMES, RUNS);
  let reply: Promise<void>;
  let killed: Promise<void>;
  let killedBack: Promise<void>, cancelledBack: Promise<void>;
  let startedLost: Promise<void>;
  let finishedLost: Promise<void>;
  let answers: Promise<void>;
  let aborted: Promise<Aborted>;
  let strange: Promise<StrangeCallbacks>;

  beforeAll(async () => {
    await gather(place());
    // The lost reply must be that of its own source; everything else may go wrong at once.
    const { settled } = await replyLost(place(), the('reply lost'));
    reply = begun(settled);
    const kill = nextflowKilled(place(), the('nextflow killed'));
    const cancel = jobCancelled(place(), the('job cancelled'));
    const started = callbackLost(place(), the('started lost'), 'started');
    const finished = callbackLost(place(), the('finished lost'), 'finished');
    const unheard = answersLost(place(), the('answers lost'));
    const abort = executionAborted(place(), the('aborted'));
    const killAll = killedEachTime(place(), the('killed each time'));
    const together = [kill, cancel, started, finished, unheard, abort, killAll];
    await Promise.all(together.map(({ arrange }) => arrange()));
    await nameToTrawl(
      place(),
      together.map(({ source }) => source),
    );
    killedBack = begun(kill.play());
    cancelledBack = begun(cancel.play());
    startedLost = begun(started.play());
    finishedLost = begun(finished.play());
    answers = begun(unheard.play());
    aborted = begun(abort.play());
    killed = begun(killAll.play());
    strange = begun(strangeCallbacksInMotion(place(), the('forged')));
  }, 900_000);

  it("survives the loss of sbatch's reply without a second job", async () => {
    await reply;
    await expectMendedAlone(place(), the('reply lost'));
    expect(await causesOf(the('reply lost'))).toEqual([['finished']]);
  });

  it('takes up a job whose Nextflow was killed, and fetches only what is missing', async () => {
    await killedBack;
    await expectMendedAlone(place(), the('nextflow killed'));
    expect(await causesOf(the('nextflow killed'))).toEqual([['nextflow-died', 'finished']]);
  });

  it('takes up a job that was cancelled behind its back', async () => {
    await cancelledBack;
    await expectMendedAlone(place(), the('job cancelled'));
    expect(await causesOf(the('job cancelled'))).toEqual([[expect.stringMatching(/^(slurm-)?cancelled$/), 'finished']]);
  });

  it.each(['started', 'finished'] as const)('makes good a lost "%s" by asking the cluster', async (kind) => {
    const source = the(`${kind} lost`);
    await (kind === 'started' ? startedLost : finishedLost);
    const seen = place().proxy.seen(source.job(), kind);
    expect(seen).toContainEqual(expect.objectContaining({ lost: 'request' }));
    injected('callback-lost', seen.filter(({ lost }) => lost === 'request').length);
    await expectMendedAlone(place(), source);
    expect(await causesOf(source)).toEqual([['finished']]);
  });

  it('hears a message once whose answer was lost', async () => {
    const source = the('answers lost');
    await answers;
    for (const kind of ['enrol', 'started', 'finished']) {
      const [first, second, ...others] = place().proxy.seen(source.job(), kind);
      expect({ kind, lost: first?.lost, status: second?.status, others }).toEqual({ kind, lost: 'answer', status: 200, others: [] });
      expect(second?.body).toBe(first?.body);
      injected('callback-answer-lost');
    }
    await expectMendedAlone(place(), source);
    expect(await causesOf(source)).toEqual([['finished']]);
  });

  it('settles the batch of an execution that was aborted in the console; its runs are due at the next check', async () => {
    const source = the('aborted');
    expect(await aborted).toEqual({ batchStatus: 'cancelled', workerStatus: 'gone', attention: undefined });
    await expectMendedAlone(place(), source);
    expect((await source.batches()).map(({ status }) => status)).toEqual(['cancelled', 'complete']);
  });

  it('refuses forged callbacks and hears repeated ones once', async () => {
    const source = the('forged');
    const inMotion = await strange;
    expect(inMotion.refused).toEqual({
      'own key': 401,
      'signature of another message': 401,
      unsigned: 401,
      'no such job': 404,
      'guessed token': 403,
    });
    expect(inMotion.repeated).toEqual([200, expect.objectContaining({ accepted: false, reason: 'repeated' })]);
    injected('callback-forged', Object.keys(inMotion.refused).length);
    injected('callback-replayed');
    expect(inMotion.statusAfter).toBe('started');
    expect(inMotion.historyAfter).toEqual(inMotion.historyBefore);
    await source.untilSettled();
    const late = await lateRepeat(place(), source);
    expect(late.repeated).toEqual([200, expect.objectContaining({ accepted: false, reason: 'job-ended' })]);
    expect(late.historyAfter).toEqual(late.historyBefore);
    await expectMendedAlone(place(), source);
  });

  it("waits out a minute without the head node's sshd, without spending an attempt", async () => {
    const { faults } = place().installation.cluster;
    await outage(place(), the('sshd down'), the('sshd down, late'), {
      id: 'head-unreachable',
      stop: faults.stopSshd,
      start: faults.startSshd,
    });
    for (const name of ['sshd down', 'sshd down, late'] as const) {
      await expectMendedAlone(place(), the(name));
    }
    expect(new Set((await causesOf(the('sshd down'))).flat())).toEqual(new Set(['finished']));
    await expectOnlyPutOff(the('sshd down, late'), 'unreachable');
  });

  it('ends in attention that names the fault when every attempt meets it, and is complete once a person has cleared it', async () => {
    const source = the('killed each time');
    await killed;
    expect((await source.now()).needsAttention).toMatchObject({
      reason: 'attempts-exhausted',
      detail: expect.stringContaining('nextflow-died') as string,
    });
    const spent = (await causesOf(source)).flat().filter((cause) => cause !== 'unreachable');
    expect(spent).toEqual(['nextflow-died', 'nextflow-died', 'nextflow-died']);
    await untilNoJobLeft(place(), source);
    await source.tell('clear');
    await source.until('a second cycle', async () => (await source.now()).cycle === 2);
    await source.untilSettled(2);
    await expectCompleteOnce(place(), source);
  });

  it('waits out a minute without slurmctld', async () => {
    const { faults } = place().installation.cluster;
    await outage(place(), the('slurmctld down'), the('slurmctld down, late'), {
      id: 'slurm-controller-down',
      stop: faults.stopSlurmctld,
      start: faults.startSlurmctld,
    });
    for (const name of ['slurmctld down', 'slurmctld down, late'] as const) {
      await expectMendedAlone(place(), the(name));
    }
    expect(new Set((await causesOf(the('slurmctld down'))).flat())).toEqual(new Set(['finished']));
    await expectOnlyPutOff(the('slurmctld down, late'), 'unavailable');
  });

  it('leaves no worker, job or reservation behind', async () => {
    const { stores, installation } = place();
    expect(await stores.workers.alive()).toEqual([]);
    expect((await stores.workers.counters()).filter(({ workers, bytes }) => workers !== 0 || bytes !== 0)).toEqual([]);
    expect((await stores.jobs.open(100)).map(({ jobId }) => jobId)).toEqual([]);
    expect((await installation.cluster.run('squeue', ['-h'])).stdout).toBe('');
  });
});
