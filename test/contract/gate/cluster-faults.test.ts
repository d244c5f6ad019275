/** Faults between the bridge and the real Slurm behind the real sshd, with the product's own gate; `npm run faults` makes them too. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Gate } from '../../../layers/core/ports/outside';
import type { SubmitRequest } from '../../../layers/core/wire';
import { injected, tallied } from '../../run/faults/ledger';
import type { Cluster } from '../../world/cluster/cluster';
import { waitFor } from '../../world/cluster/wait';
import { HOSTILE, HOSTILE_VERBS, hostileAnswer } from './hostile';
import { ownCluster } from './own-cluster';

const HUNDRED = 100;
/** Fewer than sshd lets in at once without a login. */
const AT_ONCE = 8;
const INSTALLATION = 'trawl-faults';
const IMPATIENT = { connectMs: 3_000, answerMs: 3_000 };

/** A job that needs nothing but Python: it says what its node is. */
function lookOf(name: string, partition: 'work' | 'data'): SubmitRequest {
  const jobId = `look-${name}`;
  const resources = { partition, cpus: 1, memoryMb: 100, timeMinutes: 5 };
  const deadlineEpochSeconds = Math.floor(Date.now() / 1000) + 3_600;
  return {
    v: 1,
    key: `${INSTALLATION}.${jobId}`,
    jobId,
    kind: 'look',
    deadlineEpochSeconds,
    resources,
    enrolment: null,
    spec: { reach: [] },
  };
}

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');
/** Names of all jobs that Slurm was ever given, one for each submission. */
const submissions = async ({ run }: Cluster): Promise<readonly string[]> =>
  lines((await run('sacct', ['-X', '-D', '-n', '-P', '-S', 'now-1days', '-o', 'JobName'])).stdout);
const inQueue = async ({ run }: Cluster, { key }: SubmitRequest): Promise<readonly string[]> =>
  lines((await run('squeue', ['-h', '-t', 'all', `--name=${key}`, '-o', '%i'])).stdout);
/** All of them, so many at a time. */
async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const [left, results] = [[...items.entries()], Array<R>(items.length)];
  const next = async (): Promise<void> => {
    for (let entry = left.shift(); entry !== undefined; entry = left.shift()) results[entry[0]] = await work(entry[1]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  return results;
}

describe('faults between bridge and cluster', () => {
  jest.setTimeout(300_000);
  const own = ownCluster();
  let real: Cluster;
  let gate: Gate;
  beforeAll(async () => {
    real = await own.cluster();
    gate = own.gateOf(real);
  }, 120_000);
  afterAll(async () => {
    const all = await submissions(real);
    const doubled = all.filter((name, at) => all.indexOf(name) !== at).map((name) => `${name}: submitted twice`);
    tallied({ installation: INSTALLATION, lost: [], leaked: doubled });
    await own.stop();
  }, 60_000);

  /** Its submission is accepted, and something happens before sbatch hears of it. */
  async function acceptedUnheard(request: SubmitRequest, through: Gate, happens: () => Promise<void> | void): Promise<void> {
    const held = await real.faults.holdSbatchReply(1);
    try {
      const answer = through.submit(request);
      await held.allSwallowed(60);
      await happens();
      expect(await answer).toMatchObject({ outcome: 'unknown' });
    } finally {
      await held.release();
    }
  }
  /** Asking again attaches to the one job that there is. */
  async function expectOneJob(request: SubmitRequest): Promise<void> {
    const ids = await inQueue(real, request);
    expect(ids).toHaveLength(1);
    expect(await gate.submit(request)).toMatchObject({ outcome: 'done', slurmId: ids[0], attached: true });
    expect(await inQueue(real, request)).toEqual(ids);
  }

  it('makes one job of each of a hundred submissions whose replies are lost after they were accepted', async () => {
    const requests = Array.from({ length: HUNDRED }, (_, at) => lookOf(`lost-${at + 1}`, 'work'));
    const held = await real.faults.holdSbatchReply(HUNDRED);
    const unheard = await each(requests, (request) => gate.submit(request));
    injected('slurm-hundred-replies-lost', held.swallowed());
    await held.release();
    expect(new Set(unheard.map(({ outcome }) => outcome))).toEqual(new Set(['unknown']));
    expect(held.swallowed()).toBe(HUNDRED);
    const again = await each(requests, (request) => gate.submit(request));
    expect(again.filter((answer) => answer.outcome === 'done' && answer.attached)).toHaveLength(HUNDRED);
    const ids = again.map((answer) => answer.outcome === 'done' && answer.slurmId);
    expect(new Set(ids).size).toBe(HUNDRED);
    const queued = lines((await real.run('squeue', ['-h', '-t', 'all', '-o', '%j'])).stdout);
    expect([...queued].sort()).toEqual(requests.map(({ key }) => key).sort());
    await real.run('scancel', ['--state=PENDING', `--user=${real.head.user}`]);
  });

  it('attaches to a job that ran unheard and that squeue has forgotten, also while accounting has no database', async () => {
    const request = lookOf('forgotten', 'data');
    await acceptedUnheard(request, gate, () => undefined);
    await waitFor('squeue forgets it', 120, async () => (await inQueue(real, request)).length === 0);
    expect(await gate.status([request])).toMatchObject({
      answer: { queue: 'answered', accounting: 'answered', jobs: [{ slurm: { state: 'COMPLETED' }, report: { result: 'finished' } }] },
    });
    await real.faults.stopSlurmdbd();
    injected('slurm-job-forgotten');
    try {
      // Nobody remembers it but its own directory, and that silence is told as silence.
      expect(await gate.status([request])).toMatchObject({
        answer: { queue: 'answered', accounting: 'unavailable', jobs: [{ slurm: null, locked: true, report: { result: 'finished' } }] },
      });
      expect(await gate.submit(request)).toMatchObject({ outcome: 'done', attached: true });
    } finally {
      await real.faults.startSlurmdbd();
    }
    expect(await inQueue(real, request)).toEqual([]);
    expect((await submissions(real)).filter((name) => name === request.key)).toHaveLength(1);
  });

  it('does not know what became of a call in which the login node was restarted, and finds its job afterwards', async () => {
    const request = lookOf('restarted', 'work');
    await acceptedUnheard(request, gate, async () => {
      await real.faults.stopSshd();
      injected('head-restarted-mid-call');
    });
    expect(await gate.submit(request)).toMatchObject({ outcome: 'failed', reason: 'unreachable' });
    await real.faults.startSshd();
    await expectOneJob(request);
  });

  it('gives up a connection that stays open and says nothing, and finds its job afterwards', async () => {
    const request = lookOf('half-dead', 'work');
    const impatient = own.gateOf(real, IMPATIENT);
    await acceptedUnheard(request, impatient, () => {
      real.faults.freezeSshd();
      injected('head-half-dead-connection');
    });
    // The kernel still takes connections for it.
    expect(await impatient.submit(request)).toMatchObject({ outcome: 'failed', reason: 'unreachable' });
    expect(await impatient.disk()).toMatchObject({ outcome: 'unknown' });
    real.faults.thawSshd();
    await expectOneJob(request);
  });

  it('refuses names and paths that would lead elsewhere, by field, and does nothing of it', async () => {
    const before = { runs: await submissions(real), files: readdirSync(real.root).sort() };
    const place = { target: real.head, privateKey: own.privateKey, root: real.root, base: lookOf('hostile', 'work') };
    const answers = await each(HOSTILE, async ({ field, ...hostile }) => ({ field, ...(await hostileAnswer(place, hostile)) }));
    for (const { field, ...answer } of answers) {
      expect({ field, ...answer }).toMatchObject({ field, outcome: 'failed', reason: 'invalid-request' });
      expect(answer.detail).toContain(field);
    }
    for (const verb of HOSTILE_VERBS)
      expect(await hostileAnswer(place, { verb })).toMatchObject({ outcome: 'failed', reason: 'invalid-request' });
    injected('bridge-hostile-names', HOSTILE.length + HOSTILE_VERBS.length);
    expect({ runs: await submissions(real), files: readdirSync(real.root).sort() }).toEqual(before);
    for (const path of ['/tmp/trawl-hostile', join(real.root, 'trawl-hostile')]) expect(existsSync(path)).toBe(false);
  });
});
