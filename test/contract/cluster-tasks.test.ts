import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSshKey } from '../../layers/adapters/bridge/new-ssh-key';
import { sshGate } from '../../layers/adapters/bridge/ssh-gate';
import { slurmProvider } from '../../layers/adapters/slurm/provider';
import type { Gate } from '../../layers/core/ports/outside';
import type { StatusAnswer, SubmitRequest } from '../../layers/core/wire';
import { injected } from '../run/faults/ledger';
import { startCluster, type Cluster } from '../world/cluster/cluster';
import { waitFor } from '../world/cluster/wait';
import { accounted, assemblyOn, BATCH, INSTALLATION, mostAtOnce, RUNS, traceRows, type Assembly } from './tasks/assembly';

/** Tasks of a stage as jobs of a real Slurm, submitted by a real Nextflow in the worker's job. The tests are one story, in their order. */
const repository = join(__dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'trawl-tasks-'));
let cluster: Cluster;
let gate: Gate;
let assembly: Assembly;

beforeAll(async () => {
  const { private: privateKey, public: publicKey } = newSshKey('test');
  cluster = await startCluster({ stateDir: join(scratch, 'cluster'), cacheDir: join(repository, '.trawl', 'cache') });
  cluster.authorize(publicKey);
  gate = sshGate(cluster.head, async () => privateKey);
  assembly = assemblyOn(cluster);
}, 300_000);
afterAll(async () => {
  await cluster.stop();
  rmSync(scratch, { recursive: true, force: true });
}, 60_000);
jest.setTimeout(180_000);

const lookAt = async (...requests: readonly SubmitRequest[]): Promise<StatusAnswer> => {
  const asked = await gate.status(requests, INSTALLATION);
  if (asked.outcome === 'unknown') throw new Error(asked.detail);
  return asked.answer;
};
const taskName = (request: SubmitRequest): string => `task:${request.key}`;
const logsOf = (request: SubmitRequest) => (): string =>
  ['slurm.log', 'agent.log', 'nextflow.out', 'nextflow.err'].map((name) => safely(() => assembly.fileOfJob(request, name))).join('\n');
const safely = (read: () => string): string => {
  try {
    return read();
  } catch {
    return '';
  }
};
/** What the worker's report says once it is there. */
async function reportOf(request: SubmitRequest) {
  let report: unknown;
  const look = async () => (report = (await lookAt(request)).jobs[0]?.report) != null;
  await waitFor(`${request.jobId} reports`, 120, look, logsOf(request));
  return report as {
    readonly result: string;
    readonly reason: string | null;
    readonly runs: readonly { readonly result: string }[];
    readonly setAside?: unknown;
  };
}
const rowsOf = (request: SubmitRequest) => traceRows(safely(() => assembly.fileOfJob(request, 'trace.txt')));
const assembled = (request: SubmitRequest, status: string) =>
  rowsOf(request)
    .filter((row) => row.process === 'ASSEMBLE' && row.status === status)
    .map(({ tag }) => tag)
    .sort();
const ofComment = (request: SubmitRequest): string => `trawl-task:${request.key}:${request.deadlineEpochSeconds}`;

test('tasks run as jobs of their own within the limits, and are nobody’s workers', async () => {
  const request = assembly.requestOf(1);
  assembly.letThrough(2);
  expect(await gate.submit(request)).toMatchObject({ outcome: 'done' });
  await waitFor('two tasks are through', 120, () => assembled(request, 'COMPLETED').length === 2, logsOf(request));
  await waitFor('two more are in the queue', 30, async () => (await lookAt()).tasks?.[0]?.jobs === 2, logsOf(request));
  const answer = await lookAt(request);
  expect(answer.live?.map(({ key }) => key)).toEqual([request.key]);
  expect(answer.tasks).toEqual([{ key: request.key, jobs: 2 }]);
  expect(answer.jobs[0]?.slurm).toMatchObject({ state: 'RUNNING' });
  const listed = await slurmProvider(gate, { installation: INSTALLATION }).list();
  expect(listed).toMatchObject({ outcome: 'answered', answer: [{ key: request.key }] });
});

test('a worker that is killed leaves its tasks, which its key ends', async () => {
  const request = assembly.requestOf(1);
  cluster.faults.killJobProcesses(/agent\.py run|nextflow\.cli\.Launcher/);
  await waitFor('the worker is gone', 60, async () => (await lookAt()).live?.length === 0);
  // They go on without it: the reaper looks for this.
  expect((await lookAt()).tasks).toEqual([{ key: request.key, jobs: 2 }]);
  expect(await gate.cancel(request.jobId, request.key)).toMatchObject({ outcome: 'answered', answer: { outcome: 'done', found: 2 } });
  await waitFor('no task is left', 60, async () => (await lookAt()).tasks?.length === 0);
  const jobs = await accounted(cluster, taskName(request));
  expect(jobs.map(({ state }) => state.split(' ')[0]).sort()).toEqual(['CANCELLED', 'CANCELLED', 'COMPLETED', 'COMPLETED']);
  expect(mostAtOnce(jobs)).toBe(2);
  expect(new Set(jobs.map(({ partition }) => partition))).toEqual(new Set(['data']));
  // The pipeline asks for two days, the worker has an hour.
  for (const { minutes } of jobs) expect(minutes).toBeLessThanOrEqual(57);
  expect(new Set(jobs.map(({ comment }) => comment))).toEqual(new Set([ofComment(request)]));
});

test('the next attempt does not do again what was done', async () => {
  const before = assembled(assembly.requestOf(1), 'COMPLETED');
  const request = assembly.requestOf(2);
  assembly.letThrough(3);
  await gate.submit(request);
  const report = await reportOf(request);
  expect([report.result, report.reason, report.runs.map(({ result }) => result)]).toEqual(['finished', null, RUNS.map(() => 'done')]);
  expect(assembled(request, 'CACHED')).toEqual(before);
  expect(assembled(request, 'COMPLETED')).toEqual(RUNS.filter((accession) => !before.includes(accession)));
  // What wrote to OUTDIR by itself wrote there anew.
  expect(rowsOf(request).filter(({ process, status }) => process === 'REPORT' && status === 'COMPLETED')).toHaveLength(5);
  const ids = rowsOf(request).flatMap(({ status, nativeId }) => (status === 'COMPLETED' ? [nativeId] : []));
  await waitFor('accounting has them all', 30, async () => (await accounted(cluster, taskName(request))).length === ids.length);
  const jobs = await accounted(cluster, taskName(request));
  expect(jobs.map(({ id }) => id).sort()).toEqual(ids.sort());
  // A process with options of its own loses the comment, never the name.
  expect(jobs.filter(({ comment }) => comment === ofComment(request))).toHaveLength(3);
});

test('an attempt that finds the cache damaged begins anew, and comes through', async () => {
  const another = assemblyOn(cluster, 'study-PRJEB1.1.3');
  const [first, second] = [another.requestOf(1), another.requestOf(2)];
  another.letThrough(1);
  await gate.submit(first);
  await waitFor('a task is through', 120, () => assembled(first, 'COMPLETED').length === 1, logsOf(first));
  cluster.faults.killJobProcesses(/agent\.py run|nextflow\.cli\.Launcher/);
  await waitFor('the worker is gone', 60, async () => (await lookAt()).live?.length === 0);
  await gate.cancel(first.jobId, first.key);
  await waitFor('no task is left', 60, async () => (await lookAt()).tasks?.length === 0);
  injected('nextflow-cache-corrupt', another.damageCache());
  another.letThrough(RUNS.length);
  await gate.submit(second);
  const report = await reportOf(second);
  expect([report.result, report.reason, report.runs.map(({ result }) => result)]).toEqual(['finished', null, RUNS.map(() => 'done')]);
  expect(report.setAside).toEqual([{ stage: 'assemble', words: expect.stringContaining("Can't open cache DB") as string }]);
  expect([assembled(second, 'CACHED'), assembled(second, 'COMPLETED')]).toEqual([[], RUNS]);
});

test('a worker that is cancelled takes its tasks along', async () => {
  const batch = 'study-PRJEB1.1.2';
  const text = JSON.stringify(assembly.requestOf(1)).replaceAll(BATCH, batch).replaceAll('ERR000000', 'ERR000001');
  const request = JSON.parse(text) as SubmitRequest;
  await gate.submit(request);
  await waitFor('its tasks are in the queue', 60, async () => (await lookAt()).tasks?.[0]?.jobs === 2, logsOf(request));
  expect(await gate.cancel(request.jobId, request.key)).toMatchObject({ answer: { outcome: 'done', found: 3 } });
  await waitFor('nothing is left', 60, async () => {
    const { live, tasks } = await lookAt();
    return live?.length === 0 && tasks?.length === 0;
  });
  expect(await reportOf(request)).toMatchObject({ result: 'failed', reason: 'cancelled' });
});

test('a small job tells that tasks may be submitted from its node', async () => {
  const jobId = 'look-tasks';
  const request: SubmitRequest = {
    ...{ v: 1, key: `${INSTALLATION}-look.${jobId}`, jobId, kind: 'look', enrolment: null, deadlineEpochSeconds: 2_000_000_000 },
    ...{ resources: { cpus: 1, memoryMb: 100, timeMinutes: 5 }, spec: { reach: [], tasks: { partition: 'data' } } },
  };
  await gate.submit(request);
  expect(await reportOf(request)).toMatchObject({ result: 'finished', tasks: { missing: [], refused: null } });
});
