import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipelineRevision } from '../../../infra/build/pipeline-revision';
import { say, startSshPeer, type SshPeer } from '../../contract/gate/ssh-peer';
import type { SubmitRequest } from '../../../layers/core/wire';
import { containing } from '../matchers';
import { trawl } from './installation';

const WORK = { name: 'work', default: true, state: 'up', maxTimeMinutes: null, cpus: 8, memoryMb: 32_000 };
const fetch = pipelineRevision(resolve(__dirname, '../../../slurm/pipelines/fetch'));
const CAPABILITIES = {
  ...{ gate: 1, gateVersion: '1.0.0', slurmVersion: '22.05.8', accounting: true, partitions: [WORK], python: '3.11.2' },
  ...{ java: 'openjdk 17', nextflow: '24.10.0', rsync: null, revisions: { fetch }, pullKey: null },
};
const parameters = mockClient(SSMClient);
const folder = mkdtempSync(join(tmpdir(), 'trawl-cluster-check-'));
const config = join(folder, 'config.json');
const environment = { ...process.env };
let peer: SshPeer;
let capabilities: object = CAPABILITIES;
const WAITING = { slurmId: '63', state: 'PENDING', reason: 'Resources' };
const LOOKED = {
  ...{ kind: 'look', result: 'finished', host: 'node7', python: '3.11.2', java: 'openjdk 17', rsync: null, ssh: false, gzip: true },
  reach: [{ host: 'ftp.sra.ebi.ac.uk', port: 443, open: true, detail: null }],
};
let report: object | null = LOOKED;
const submitted: SubmitRequest[] = [];

beforeAll(async () => {
  Object.assign(process.env, { AWS_REGION: 'eu-west-2', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' });
  peer = await startSshPeer((channel, _connection, command, input) => {
    if (command === 'submit') submitted.push(JSON.parse(input) as SubmitRequest);
    const answers: Readonly<Record<string, object>> = {
      disk: { gate: 1, freeBytes: 1e12, totalBytes: 2e12, path: '/data' },
      submit: { gate: 1, outcome: 'done', slurmId: '63', attached: false },
      status: {
        gate: 1,
        slurm: 'answered',
        jobs: [{ jobId: submitted.at(-1)?.jobId, slurm: WAITING, locked: false, report, progress: null }],
      },
      cancel: { gate: 1, outcome: 'done', found: 1 },
    };
    say(channel, `${JSON.stringify(answers[command] ?? capabilities)}\n`);
  });
  writeFileSync(config, JSON.stringify({ installation: 'lab', cluster: { ...peer.target, root: '/data', partition: 'work' } }));
});
beforeEach(() => {
  parameters.on(GetParameterCommand, { Name: '/trawl/lab/ssh-key' }).resolves({ Parameter: { Value: peer.privateKey } });
});
afterAll(async () => {
  process.env = { ...environment };
  await peer.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a cluster that has all ends 0, and each thing has its line', async () => {
  const { code, stdout } = await trawl('cluster', 'check', '--config', config, '--json');
  expect(code).toBe(0);
  const { lines, ...told } = JSON.parse(stdout) as { lines: readonly { what: string; state: string; found: string }[] };
  expect(told).toEqual({ installation: 'lab', ready: true });
  expect(lines.find(({ what }) => what === 'partition')).toEqual({
    ...{ what: 'partition', state: 'ok', found: 'work: up, 8 cpus, 32000 MB, no time limit' },
  });
  expect(lines).toContainEqual({ what: 'out to ftp.sra.ebi.ac.uk:443', state: 'ok', found: 'open' });
  expect(peer.commands).toEqual(['capabilities', 'disk', 'submit', 'status']);
  expect(submitted[0]).toMatchObject({ kind: 'look', enrolment: null, again: { when: 'if-older-than' } });
  await trawl('cluster', 'check', '--config', config, '--json');
  expect(submitted[1]?.key).toBe(submitted[0]?.key);
});

test('what a node of the data-moving partition does not reach is told, and a job that waits too long is cancelled', async () => {
  report = { ...LOOKED, reach: [{ ...LOOKED.reach[0], open: false, detail: 'timed out' }] };
  const shut = await trawl('cluster', 'check', '--config', config);
  expect(shut).toMatchObject({ code: 1, stdout: containing('must get out on port 443') });
  report = null;
  const late = await trawl('cluster', 'check', '--config', config, '--wait', '1');
  expect(late).toMatchObject({ code: 1, stdout: containing('PENDING (Resources) after 1 s') });
  expect(peer.commands.at(-1)).toBe('cancel');
  report = LOOKED;
});

test.each([
  [{ account: 'lab', partition: null, qos: ['long'], maxSubmit: 4, maxTimeMinutes: null }, 'caps.providers.slurm is 20'],
  [{ account: 'lab', partition: null, qos: ['long'], maxSubmit: null, maxTimeMinutes: 60 }, 'would wait for ever'],
  [{ account: 'other', partition: null, qos: [], maxSubmit: null, maxTimeMinutes: null }, 'accounting grants lab to nobody here'],
])('limits of accounting that would refuse or hold its jobs: %#', async (association, said) => {
  capabilities = { ...CAPABILITIES, associations: [association], quota: { usedBytes: 9e9, limitBytes: 1e10 } };
  const path = join(folder, 'limits.json');
  writeFileSync(
    path,
    JSON.stringify({ installation: 'lab', cluster: { ...peer.target, root: '/data', partition: 'work', account: 'lab' } }),
  );
  const ended = await trawl('cluster', 'check', '--config', path, '--no-job');
  expect(ended).toMatchObject({ code: 1, stdout: containing(said) });
  expect(ended.stdout).toContain('quota: less is left');
  capabilities = CAPABILITIES;
});

describe('where tasks may be jobs of the cluster', () => {
  const configOf = (cluster: object): string => {
    const path = join(folder, 'tasks.json');
    writeFileSync(path, JSON.stringify({ installation: 'lab', cluster: { ...peer.target, root: '/data', partition: 'work', ...cluster } }));
    return path;
  };
  afterEach(() => {
    [report, capabilities] = [LOOKED, CAPABILITIES];
  });

  test('one more small job asks, from where workers run, whether tasks may be submitted from there', async () => {
    const path = configOf({ dataPartition: 'data', account: 'lab', tasks: { partition: 'big' } });
    const before = submitted.length;
    report = { ...LOOKED, tasks: { missing: [], refused: null } };
    const { code, stdout } = await trawl('cluster', 'check', '--config', path, '--json');
    expect([code, stdout]).toEqual([1, containing('no account here')]);
    expect(stdout).toContain('"may be submitted"');
    const asked = new Map(submitted.slice(before).map(({ resources, spec }) => [resources.partition, spec['tasks']]));
    expect([...asked].sort()).toEqual([
      ['data', undefined],
      ['work', { partition: 'big', account: 'lab' }],
    ]);
  });

  test.each([
    [{ missing: ['sbatch', 'sacct'], refused: null }, 'without sbatch, sacct', 'commands and configuration on the nodes'],
    [{ missing: [], refused: 'sbatch: error: Access denied' }, 'Access denied', 'AllocNodes'],
  ])('a node that cannot submit is named, with what to do: %#', async (tasks, found, todo) => {
    report = { ...LOOKED, tasks };
    const ended = await trawl('cluster', 'check', '--config', configOf({ tasks: {} }));
    expect(ended).toMatchObject({ code: 1, stdout: containing(found) });
    expect(ended.stdout).toContain(todo);
  });

  test('tasks count against what accounting lets the account have in the queue', async () => {
    capabilities = { ...CAPABILITIES, associations: [{ account: 'lab', partition: null, qos: [], maxSubmit: 100, maxTimeMinutes: null }] };
    const ended = await trawl('cluster', 'check', '--config', configOf({ tasks: { queueSize: 10 } }), '--no-job');
    expect(ended).toMatchObject({ code: 1, stdout: containing('caps.providers.slurm is 20 and cluster.tasks.queueSize 10, 220 jobs') });
  });
});

test('what is missing is told with how to mend it, and ends 1', async () => {
  capabilities = { ...CAPABILITIES, java: null, accounting: false };
  const ended = await trawl('cluster', 'check', '--config', config);
  expect(ended).toMatchObject({ code: 1, stdout: containing('accounting: start slurmdbd'), stderr: containing('2 of what') });
  expect(ended.stdout).toContain('java: Java 11');
});

test('a gate that is not there ends 3, with where to look', async () => {
  const other = join(folder, 'other.json');
  writeFileSync(other, JSON.stringify({ installation: 'lab', cluster: { ...peer.target, port: 9, root: '/data' } }));
  const ended = await trawl('cluster', 'check', '--config', other);
  expect(ended).toMatchObject({ code: 3, stdout: '', stderr: containing('the gate did not answer: unreachable') });
});

test('without a configuration nothing is asked', async () => {
  expect(await trawl('cluster', 'check')).toMatchObject({ code: 2, stderr: containing('--config <file> is needed') });
});

test.each([
  ['no JSON', 'installation: lab', 'torn.json is not JSON'],
  ['another form', '{"installation": "Lab"}', 'is no name: small letters'],
  ['not there', undefined, 'torn.json'],
])('a configuration that is %s is wrong usage, and its file is named', async (_, text, said) => {
  const torn = join(mkdtempSync(join(folder, 'torn-')), 'torn.json');
  if (text !== undefined) writeFileSync(torn, text);
  for (const command of [['check'], ['install', '--here']])
    expect(await trawl('cluster', ...command, '--config', torn)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(new RegExp(`cannot be used[^]*torn.json[^]*→ infra/config.ts`)) as string,
    });
  expect((await trawl('cluster', 'check', '--config', torn)).stderr).toContain(said);
});
