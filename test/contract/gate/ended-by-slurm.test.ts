/** What the agent says of a job that the real Slurm ends before its time, for one reason or the other, with the same signal. */
import type { SubmitRequest } from '../../../layers/core/wire';
import type { Cluster } from '../../world/cluster/cluster';
import { mustRun } from '../../world/cluster/config';
import { waitFor } from '../../world/cluster/wait';
import { ownCluster } from './own-cluster';

const own = ownCluster();
let real: Cluster;
const command = (name: string, ...args: readonly string[]): Promise<string> => mustRun(name, args, { ...process.env, ...real.environment });

jest.setTimeout(180_000);
beforeAll(async () => {
  real = await own.cluster();
}, 180_000);
afterAll(() => own.stop(), 60_000);

/** It waits for two minutes for somebody to answer to its enrolment. */
function waiting(name: string): SubmitRequest {
  const jobId = `look-${name}`;
  const base = { v: 1, key: `trawl-ended.${jobId}`, jobId, kind: 'look', spec: { reach: [] } } as const;
  const enrolment = { url: 'http://127.0.0.1:1/callbacks', token: 'a'.repeat(43) };
  const resources = { partition: 'data', cpus: 1, memoryMb: 100, timeMinutes: 60 };
  return { ...base, deadlineEpochSeconds: Math.floor(Date.now() / 1_000) + 7_200, enrolment, resources };
}

const URGENT = ['--job-name=urgent', '--partition=urgent', '--cpus-per-task=8', '--mem=100', '--output=/dev/null', '--chdir=/'];

test.each([
  { reason: 'cancelled', end: ({ key }: SubmitRequest) => command('scancel', `--name=${key}`) },
  { reason: 'slurm-preempted', end: () => command('sbatch', ...URGENT, '--wrap=sleep 600') },
])('a job that is ended says why: $reason', async ({ reason, end }) => {
  const gate = own.gateOf(real);
  const request = waiting(reason);
  const now = async () => {
    const asked = await gate.status([request]);
    return asked.outcome === 'unknown' ? undefined : asked.answer.jobs[0];
  };
  expect(await gate.submit(request)).toMatchObject({ outcome: 'done' });
  await waitFor('it works', 60, async () => (await now())?.locked === true);
  // Its agent hears a signal from its first line of log on.
  await waitFor('its agent is there', 60, async () => {
    const told = await gate.tail(request.jobId, 'agent', 1_000);
    return told.outcome === 'answered' && told.answer.text.includes('starts job');
  });
  await end(request);
  await waitFor('it reports', 60, async () => ((await now())?.report ?? null) !== null);
  await command('scancel', '--name=urgent');
  expect((await now())?.report).toMatchObject({ result: 'failed', reason });
});
