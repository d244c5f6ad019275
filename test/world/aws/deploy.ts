import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { PROJECT_ROOT } from '../setup/install-once';
import { sayOnStderr, tailOf, type Say } from '../setup/run-command';
import { runCommand } from '../system/commands';
import { ACCOUNT, REGION, type Emulator } from './emulator';

const Outputs = z.record(z.string(), z.record(z.string(), z.string()));
/** Outputs by stack name. */
export type StackOutputs = z.infer<typeof Outputs>;

export interface DeployOptions {
  readonly emulator: Emulator;
  /** JSON file of the installation, as infra/app.ts takes it. */
  readonly configPath: string;
  /** Where the outputs go; `cdk.out/` and `cdk.log` of this deployment lie beside it. */
  readonly outputsFile: string;
  readonly say?: Say;
}

const LOG_LINES = 30;
/** Written by `cdk bootstrap`; CDK itself looks here. */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';
const QUIET = ['--no-notices', '--ci', '--no-color'];

async function isBootstrapped({ endpoint }: Emulator): Promise<boolean> {
  const client = new SSMClient({ endpoint, region: REGION, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  try {
    await client.send(new GetParameterCommand({ Name: BOOTSTRAP_PARAMETER }));
    return true;
  } catch (error) {
    if (error instanceof ParameterNotFound) return false;
    throw error;
  } finally {
    client.destroy();
  }
}

/** The person's own AWS settings must not leak in: a profile would lead the CDK to a real account. */
function cdkEnvironment(emulator: Emulator): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(own),
    ...emulator.environment,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1',
  };
}

async function cdk(emulator: Emulator, folder: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runCommand('npx', ['cdk', ...args, ...QUIET], {
    cwd: PROJECT_ROOT,
    environment: cdkEnvironment(emulator),
  });
  const text = stdout + stderr;
  const log = join(folder, 'cdk.log');
  writeFileSync(log, `$ npx cdk ${args.join(' ')}\n${text}\n`, { flag: 'a' });
  if (code !== 0) throw new Error(`"cdk ${args[0] ?? ''}" failed; the end of ${log}:\n${tailOf(text, LOG_LINES)}`);
}

/**
 * Deploys as one does on AWS: `cdk bootstrap` (once an emulator), then `cdk deploy --all`. Repeating it updates the stacks.
 * @throws Error with the end of the CDK's log
 */
export async function deploy({ emulator, configPath, outputsFile, say = sayOnStderr }: DeployOptions): Promise<StackOutputs> {
  const file = resolve(outputsFile);
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  const app = ['-c', `config=${resolve(configPath)}`, '--output', join(folder, 'cdk.out')];
  if (!(await isBootstrapped(emulator))) {
    say(`cdk bootstrap (${emulator.kind}) …`);
    await cdk(emulator, folder, ['bootstrap', `aws://${ACCOUNT}/${REGION}`, ...app]);
  }
  say(`cdk deploy (${emulator.kind}) …`);
  await cdk(emulator, folder, ['deploy', '--all', '--require-approval', 'never', '--outputs-file', file, ...app]);
  return Outputs.parse(JSON.parse(readFileSync(file, 'utf8')));
}

export interface DestroyOptions {
  readonly emulator: Emulator;
  /** The file that they were deployed with. */
  readonly configPath: string;
  /** For `cdk.out/` and `cdk.log`. */
  readonly folder: string;
}

/** `cdk destroy` of these stacks, in this order, as an administrator does. @throws Error with the end of the CDK's log */
export async function destroy({ emulator, configPath, folder }: DestroyOptions, stacks: readonly string[]): Promise<void> {
  const app = ['-c', `config=${resolve(configPath)}`, '--output', join(folder, 'cdk.out')];
  for (const stack of stacks) await cdk(emulator, folder, ['destroy', stack, '--force', ...app]);
}
