import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PROJECT_ROOT } from '../setup/install-once';
import { tailOf } from '../setup/run-command';
import { freePort, isAlive, listeningSockets, markedProcesses, sleep, startDetached, stopMarked } from './processes';

export const REGION = 'eu-west-2';
/** The one account that both emulators have. */
export const ACCOUNT = '000000000000';
const HEALTH_POLL_MILLISECONDS = 100;
const START_TIMEOUT_MILLISECONDS = 60_000;
const LOG_LINES = 20;

const Kind = z.enum(['ministack', 'localstack']);
export type EmulatorKind = z.infer<typeof Kind>;
/** `emulator.json` in the state folder: enough for another process to use and stop the emulator. */
const Standing = z.object({ v: z.literal(1), kind: Kind, port: z.number().int(), pid: z.number().int() });
type Standing = z.infer<typeof Standing>;

/** One running emulator of AWS. What it holds is in its memory alone. */
export interface Emulator {
  readonly kind: EmulatorKind;
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** The AWS_* variables that lead an SDK, the AWS CLI or the CDK to it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its own log; the functions' logs are in CloudWatch Logs. */
  readonly logsPath: string;
  readonly stateDir: string;
  /** Base URL of a stage of a REST API, without a slash at its end. */
  apiUrl(restApiId: string, stage: string): string;
  /** Ends all its processes, the functions' too, and makes sure. Safe to repeat. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Folder of its own; created, and cleared of an earlier emulator. */
  readonly stateDir: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Functions get the memory that they are deployed with and no more; MiniStack alone can do it. Default: as much as they like. */
  readonly memoryHeld?: boolean;
  /** What functions are given as `AWS_ENDPOINT_URL`; LocalStack alone can do it. Default: the emulator itself. */
  readonly functionsEndpoint?: string;
}

/** How one kind is started. */
export interface EmulatorProgram {
  readonly kind: EmulatorKind;
  readonly command: string;
  readonly args: readonly string[];
  readonly healthPath: string;
  readonly environment: (port: number, folder: string) => Readonly<Record<string, string>>;
}

const standingPath = (stateDir: string): string => join(stateDir, 'emulator.json');

function emulatorAt(stateDir: string, { kind, port }: Standing): Emulator {
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    kind,
    endpoint,
    stateDir,
    logsPath: join(stateDir, 'emulator.log'),
    environment: {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ENDPOINT_URL_S3: endpoint,
    },
    apiUrl: (restApiId, stage) => `${endpoint}/_aws/execute-api/${restApiId}/${stage}`,
    stop: async () => {
      await stopMarked(stateDir);
      rmSync(standingPath(stateDir), { force: true });
      rmSync(join(stateDir, 'work'), { recursive: true, force: true });
    },
  };
}

/** Undefined when it answers, else what it did instead. */
async function ailment(endpoint: string, healthPath: string): Promise<string | undefined> {
  try {
    // A connection of its own each time: one that was made while the program still started may never be served.
    const answer = await fetch(endpoint + healthPath, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) });
    await answer.body?.cancel();
    return answer.ok ? undefined : `it answered ${answer.status}`;
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}

async function untilHealthy(emulator: Emulator, healthPath: string, pid: number): Promise<void> {
  // Not the wall clock: a machine that was asleep would find its minute gone.
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  let last = 'it was never asked';
  while (elapsed() < START_TIMEOUT_MILLISECONDS && isAlive(pid)) {
    const found = await ailment(emulator.endpoint, healthPath);
    if (found === undefined) return;
    last = found;
    await sleep(HEALTH_POLL_MILLISECONDS);
  }
  const why = isAlive(pid) ? last : `its process ended (before that: ${last})`;
  await emulator.stop();
  throw new Error(
    `${emulator.kind} did not start within ${Math.round(elapsed() / 1_000)} s: ${why}; the end of ${emulator.logsPath}:\n` +
      tailOf(readFileSync(emulator.logsPath, 'utf8'), LOG_LINES),
  );
}

/**
 * Starts an emulator, after ending what an earlier one left in the same state folder.
 * @throws Error with the end of its log, or when it listens on more than the loopback interface
 */
export async function startEmulator(program: EmulatorProgram, { stateDir, port }: StartOptions): Promise<Emulator> {
  mkdirSync(stateDir, { recursive: true });
  const folder = realpathSync(stateDir);
  const chosen = port ?? (await freePort());
  const standing = { v: 1, kind: program.kind, port: chosen, pid: 0 } as const;
  const emulator = emulatorAt(folder, standing);
  await emulator.stop();
  const work = join(folder, 'work');
  for (const inner of ['home', 'tmp']) mkdirSync(join(work, inner), { recursive: true });
  const base = { PATH: process.env['PATH'] ?? '', HOME: join(work, 'home'), TMPDIR: join(work, 'tmp'), LANG: 'C.UTF-8' };
  writeFileSync(emulator.logsPath, '');
  const pid = startDetached({
    command: program.command,
    args: program.args,
    env: { ...base, ...program.environment(chosen, work) },
    cwd: PROJECT_ROOT,
    logsPath: emulator.logsPath,
    mark: folder,
  });
  writeFileSync(standingPath(folder), JSON.stringify({ ...standing, pid }));
  await untilHealthy(emulator, program.healthPath, pid);
  const open = listeningSockets(folder).filter(({ isLoopback }) => !isLoopback);
  if (open.length === 0) return emulator;
  await emulator.stop();
  throw new Error(`${program.kind} listens on every address (port ${open.map((socket) => socket.port).join(', ')}); it was stopped`);
}

/** The emulator that another process left standing in this folder, or null when none runs there. */
export function attachEmulator(stateDir: string): Emulator | null {
  if (!existsSync(standingPath(stateDir))) return null;
  const folder = realpathSync(stateDir);
  const standing = Standing.parse(JSON.parse(readFileSync(standingPath(folder), 'utf8')));
  return markedProcesses(folder).includes(standing.pid) ? emulatorAt(folder, standing) : null;
}

/** Ends whatever an emulator left in this folder, also after a crash. Safe to repeat. */
export async function stopEmulator(stateDir: string): Promise<void> {
  mkdirSync(stateDir, { recursive: true });
  await emulatorAt(realpathSync(stateDir), { v: 1, kind: 'ministack', port: 0, pid: 0 }).stop();
}
