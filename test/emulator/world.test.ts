import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachEmulator, stopEmulator, type Emulator, type EmulatorKind } from '../world/aws/emulator';
import { listeningSockets, markedProcesses } from '../world/aws/processes';
import { startKind } from '../world/aws/start';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';

const HEALTH: Readonly<Record<EmulatorKind, string>> = { ministack: '/_ministack/ready', localstack: '/_localstack/health' };
const KINDS: readonly EmulatorKind[] = ['ministack', 'localstack'];

/** The first request starts DynamoDB Local in LocalStack: one more server that has to stay on the loopback interface. */
async function listTables({ endpoint, environment }: Emulator): Promise<readonly string[]> {
  const credentials = { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '' };
  const client = new DynamoDBClient({ endpoint, region: environment['AWS_REGION'] ?? '', credentials });
  return (await client.send(new ListTablesCommand({})).finally(() => client.destroy())).TableNames ?? [];
}

describe.each(KINDS)('the world’s %s', (kind) => {
  let stateDir: string;
  let emulator: Emulator;
  beforeAll(async () => {
    stateDir = mkdtempSync(join(tmpdir(), `trawl-${kind}-`));
    emulator = await startKind(kind, { stateDir });
  }, 600_000);
  afterAll(async () => {
    await stopEmulator(stateDir);
    rmSync(stateDir, { recursive: true, force: true });
  }, 30_000);

  it('answers its health check and AWS requests', async () => {
    expect((await fetch(emulator.endpoint + HEALTH[kind])).status).toBe(200);
    expect(await listTables(emulator)).toEqual([]);
  }, 30_000);

  it('listens on the loopback interface only', () => {
    const sockets = listeningSockets(emulator.stateDir);
    expect(sockets.map(({ port }) => `http://127.0.0.1:${port}`)).toContain(emulator.endpoint);
    expect(sockets.filter(({ isLoopback }) => !isLoopback)).toEqual([]);
  });

  it('is found by another process through its state folder', () => {
    const attached = attachEmulator(stateDir);
    expect(attached).toMatchObject({ kind, endpoint: emulator.endpoint, environment: emulator.environment });
    expect(attached?.apiUrl('abc', 'v1')).toBe(`${emulator.endpoint}/_aws/execute-api/abc/v1`);
  });

  it('stops with nothing left: no process, no port, no working files', async () => {
    await attachEmulator(stateDir)?.stop();
    expect(markedProcesses(emulator.stateDir)).toEqual([]);
    await expect(fetch(emulator.endpoint)).rejects.toThrow();
    expect(existsSync(join(stateDir, 'work'))).toBe(false);
    expect(attachEmulator(stateDir)).toBeNull();
  }, 30_000);
});

it('a state file whose process is gone counts as no emulator', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'trawl-stale-'));
  writeFileSync(join(stateDir, 'emulator.json'), JSON.stringify({ v: 1, kind: 'ministack', port: 1, pid: process.pid }));
  expect(attachEmulator(stateDir)).toBeNull();
  rmSync(stateDir, { recursive: true, force: true });
});

it('the start ends what a crashed emulator left behind in the same folder', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'trawl-crashed-'));
  const crashed = await startKind('ministack', { stateDir });
  const before = markedProcesses(crashed.stateDir);
  rmSync(join(stateDir, 'emulator.json'));
  const fresh = await startKind('ministack', { stateDir });
  const after = markedProcesses(fresh.stateDir);
  expect(after.filter((pid) => before.includes(pid))).toEqual([]);
  expect(readFileSync(fresh.logsPath, 'utf8')).toContain(fresh.endpoint.split(':').at(-1));
  await fresh.stop();
  rmSync(stateDir, { recursive: true, force: true });
}, 60_000);
