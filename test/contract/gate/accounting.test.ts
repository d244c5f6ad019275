/** A real Slurm that holds jobs to what accounting grants: what could never run is refused by the gate, by field and limit, and only that. */
import type { SubmitRequest } from '../../../layers/core/wire';
import type { Cluster } from '../../world/cluster/cluster';
import { mustRun } from '../../world/cluster/config';
import { waitFor } from '../../world/cluster/wait';
import { ownCluster } from './own-cluster';

const own = ownCluster({ isEnforced: true });
let real: Cluster;
const command = (name: string, ...args: readonly string[]): Promise<string> => mustRun(name, args, { ...process.env, ...real.environment });

jest.setTimeout(180_000);
beforeAll(async () => {
  real = await own.cluster();
  const { user } = real.head;
  const sacctmgr = (...args: readonly string[]) => command('sacctmgr', '-i', ...args);
  for (const account of ['lab', 'elsewhere']) await sacctmgr('add', 'account', account);
  await sacctmgr('add', 'qos', 'brief', 'set', 'MaxWall=10');
  await sacctmgr('add', 'qos', 'long');
  await sacctmgr('add', 'user', user, 'account=lab');
  const ofLab = ['modify', 'user', user, 'where', 'account=lab', 'set'];
  await sacctmgr(...ofLab, 'qos=normal,brief', 'MaxTRESPerJob=cpu=2,mem=1024', 'MaxWall=30');
}, 180_000);
afterAll(() => own.stop(), 60_000);

type Resources = SubmitRequest['resources'];
const WITHIN: Resources = { partition: 'data', account: 'lab', cpus: 2, memoryMb: 1_000, timeMinutes: 30 };
function requestOf(name: string, resources: Resources): SubmitRequest {
  const jobId = `look-${name}`;
  const base = { v: 1, key: `trawl-accounts.${jobId}`, jobId, kind: 'look', enrolment: null } as const;
  return { ...base, deadlineEpochSeconds: Math.floor(Date.now() / 1_000) + 3_600, resources, spec: { reach: [] } };
}

/** What Slurm itself makes of it, without the gate: its refusal, or the word for which it lets the job wait. */
async function slurmSays(name: string, { account, qos, cpus, memoryMb, timeMinutes }: Resources): Promise<string> {
  const asked = [`--job-name=${name}`, '--partition=data', `--account=${account}`, ...(qos === undefined ? [] : [`--qos=${qos}`])];
  const size = [`--cpus-per-task=${cpus}`, `--mem=${memoryMb}`, `--time=${timeMinutes}`, '--output=/dev/null', '--wrap=true'];
  const submitted = await real.run('sbatch', [...asked, ...size]);
  if (submitted.code !== 0) return submitted.stderr;
  let word = '';
  const look = async () => /^(Assoc|QOS)/.test((word = (await command('squeue', '-h', `--name=${name}`, '-o', '%r')).trim()));
  await waitFor(`Slurm says why ${name} waits`, 60, look, () => word);
  await command('scancel', `--name=${name}`);
  return word;
}

test.each<readonly [string, Partial<Resources>, RegExp, RegExp]>([
  ['account', { account: 'elsewhere' }, /resources\.account: elsewhere is not granted; there are lab, \w+/, /Invalid account/],
  ['qos', { qos: 'long' }, /resources\.qos: long is not granted; there are brief, normal/, /Invalid qos/],
  ['cpus', { cpus: 3 }, /resources\.cpus: 3, .* no more than 2/, /^AssocMaxCpuPerJobLimit/],
  ['memory', { memoryMb: 1_025 }, /resources\.memoryMb: 1025, .* no more than 1024/, /^AssocMaxMemPerJob/],
  ['time', { timeMinutes: 31 }, /resources\.timeMinutes: 31, .* no more than 30/, /^AssocMaxWallDurationPerJobLimit/],
  ['qos-time', { qos: 'brief', timeMinutes: 11 }, /resources\.timeMinutes: 11, .* no more than 10/, /^QOSMaxWallDurationPerJobLimit/],
])('what Slurm would not let run is refused by the gate, by field and limit: %s', async (name, more, refusal, word) => {
  const request = requestOf(name, { ...WITHIN, ...more });
  const answer = await own.gateOf(real).submit(request);
  expect(answer).toMatchObject({ outcome: 'failed', reason: 'rejected', detail: expect.stringMatching(refusal) as string });
  expect(await command('squeue', '-h', `--name=${request.key}`)).toBe('');
  expect(await slurmSays(name, { ...WITHIN, ...more })).toMatch(word);
});

test('what is just within all of it runs', async () => {
  const gate = own.gateOf(real);
  const within = [requestOf('within', WITHIN), requestOf('within-brief', { ...WITHIN, qos: 'brief', timeMinutes: 10 })];
  for (const request of within) expect(await gate.submit(request)).toMatchObject({ outcome: 'done' });
  const reports = async () => {
    const asked = await gate.status(within);
    return asked.outcome === 'unknown'
      ? []
      : asked.answer.jobs.map(({ report }) => (report as { readonly result?: string } | null)?.result);
  };
  await waitFor('both have run', 120, async () => (await reports()).every((result) => result === 'finished'));
});
