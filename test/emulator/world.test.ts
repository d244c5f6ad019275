import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachEmulator, stopEmulator, type Emulator, type EmulatorKind } from '../world/aws/emulator';
import { listeningSockets, markedProcesses, sleep } from '../world/aws/processes';
import { startKind } from '../world/aws/start';

const HEALTH: Readonly<Record<EmulatorKind, string>> = { ministack: '/_ministack/ready', localstack: '/_localstack/health' };
const KINDS: readonly EmulatorKind[] = ['ministack', 'localstack'];

const clientOptions = ({ endpoint, environment }: Emulator) => ({
  endpoint,
  region: environment['AWS_REGION'] ?? '',
  credentials: { accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '' },
});

/** The first request starts DynamoDB Local in LocalStack: one more server that has to stay on the loopback interface. */
async function listTables(emulator: Emulator): Promise<readonly string[]> {
  const client = new DynamoDBClient(clientOptions(emulator));
  return (await client.send(new ListTablesCommand({})).finally(() => client.destroy())).TableNames ?? [];
}

/** A wait for a token that nobody answers; `seconds` of the input bounds it. */
const awaitToken = {
  Type: 'Task',
  Resource: 'arn:aws:states:::events:putEvents.waitForTaskToken',
  Arguments: { Entries: [{ Source: 'test', DetailType: 'test', Detail: { token: '{% $states.context.Task.Token %}' } }] },
  TimeoutSeconds: '{% $states.input.seconds %}',
  End: true,
};

async function untilTrue(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}

/** Runs one execution to its end; `onWaiting` is called once its first state was entered. */
async function statusAtEnd(
  emulator: Emulator,
  name: string,
  machine: object,
  seconds: number,
  onWaiting?: (sfn: SFNClient, arn: string) => Promise<unknown>,
) {
  const sfn = new SFNClient(clientOptions(emulator));
  const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Await', ...machine });
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({ name, definition, roleArn: 'arn:aws:iam::000000000000:role/test' }),
  );
  const { executionArn = '' } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ seconds }) }));
  const history = () => sfn.send(new GetExecutionHistoryCommand({ executionArn }));
  await untilTrue(async () => ((await history()).events ?? []).some(({ type }) => type?.endsWith('StateEntered')));
  await onWaiting?.(sfn, executionArn);
  const describe = () => sfn.send(new DescribeExecutionCommand({ executionArn }));
  await untilTrue(async () => (await describe()).status !== 'RUNNING');
  const { status, error } = await describe();
  sfn.destroy();
  return { status, error };
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

  it('times out a token by the seconds of the input', async () => {
    const ended = await statusAtEnd(emulator, 'by-input', { States: { Await: awaitToken } }, 1);
    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  }, 20_000);

  it('ends a machine at its own TimeoutSeconds', async () => {
    const ended = await statusAtEnd(emulator, 'by-machine', { TimeoutSeconds: 1, States: { Await: awaitToken } }, 600);
    expect(ended.status).toBe('TIMED_OUT');
  }, 20_000);

  it('aborts an execution at once although it waits for a token', async () => {
    const stop = (sfn: SFNClient, executionArn: string) => sfn.send(new StopExecutionCommand({ executionArn }));
    expect((await statusAtEnd(emulator, 'by-stop', { States: { Await: awaitToken } }, 600, stop)).status).toBe('ABORTED');
  }, 20_000);

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
