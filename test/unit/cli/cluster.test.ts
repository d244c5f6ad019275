import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipelineRevision } from '../../../infra/build/pipeline-revision';
import { say, startSshPeer, type SshPeer } from '../../contract/gate/ssh-peer';
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

beforeAll(async () => {
  Object.assign(process.env, { AWS_REGION: 'eu-west-2', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y' });
  peer = await startSshPeer((channel, _connection, command) => {
    const answer = command === 'disk' ? { gate: 1, freeBytes: 1e12, totalBytes: 2e12, path: '/data' } : capabilities;
    say(channel, `${JSON.stringify(answer)}\n`);
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
  expect(peer.commands).toEqual(['capabilities', 'disk']);
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
