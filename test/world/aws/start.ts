import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ensureLocalstack, ensureMinistack, ensureNode22 } from '../setup/emulators';
import { REGION, startEmulator, type Emulator, type EmulatorKind, type StartOptions } from './emulator';
import { MARK_VARIABLE } from './processes';

/** Starts MiniStack, installing it when needed. @throws Error as startEmulator and ensureMinistack do */
export async function startMinistack(options: StartOptions): Promise<Emulator> {
  if (options.functionsEndpoint !== undefined) throw new Error('MiniStack cannot give functions another endpoint here; take LocalStack');
  const node = ensureNode22();
  const inFront = options.memoryHeld === true ? [join(__dirname, 'ministack', 'memory-held')] : [];
  const environment = (port: number): Readonly<Record<string, string>> => ({
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    MINISTACK_REGION: REGION,
    // It runs functions with the `node` of its own PATH.
    PATH: [...inFront, dirname(node), process.env['PATH'] ?? ''].join(delimiter),
    TRAWL_NODE: node,
    SFTP_ENABLED: '0',
    IOT_MTLS_ENABLED: '0',
  });
  const program = join(__dirname, 'ministack', 'start.py');
  const command = await ensureMinistack();
  return startEmulator({ kind: 'ministack', command, args: ['-u', program], healthPath: '/_ministack/ready', environment }, options);
}

/** Starts LocalStack in host mode, installing it when needed. @throws Error as startEmulator and ensureLocalstack do */
export async function startLocalstack(options: StartOptions): Promise<Emulator> {
  if (options.memoryHeld === true) throw new Error('LocalStack cannot hold functions to their memory here; take MiniStack');
  const tools = await ensureLocalstack();
  const environment = (port: number, work: string): Readonly<Record<string, string>> => {
    const inner = join(work, 'root', 'var', 'lib', 'localstack');
    mkdirSync(inner, { recursive: true });
    symlinkSync(tools.libraries, join(inner, 'lib'));
    return {
      FILESYSTEM_ROOT: join(work, 'root'),
      OVERRIDE_IN_DOCKER: '0',
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      JAVA_HOME: tools.javaHome,
      PROVIDER_OVERRIDE_DYNAMODB: 'v2',
      DYNAMODB_IN_MEMORY: '1',
      LAMBDA_RUNTIME_EXECUTOR: 'process',
      LAMBDA_PROCESS_NODE_22: ensureNode22(),
      LAMBDA_PROCESS_PASS_ENV: MARK_VARIABLE,
      ...(options.functionsEndpoint !== undefined && { LAMBDA_PROCESS_AWS_ENDPOINT: options.functionsEndpoint }),
      S3_SKIP_SIGNATURE_VALIDATION: '0',
      EAGER_SERVICE_LOADING: '0',
      DISABLE_EVENTS: '1',
      SKIP_SSL_CERT_DOWNLOAD: '1',
    };
  };
  const args = ['-m', 'localstack.runtime.main'];
  return startEmulator({ kind: 'localstack', command: tools.python, args, healthPath: '/_localstack/health', environment }, options);
}

/** Starts the emulator of this kind. */
export const startKind = (kind: EmulatorKind, options: StartOptions): Promise<Emulator> =>
  kind === 'ministack' ? startMinistack(options) : startLocalstack(options);
