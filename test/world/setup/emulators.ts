import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installOnce, PROJECT_ROOT, TOOLS_FOLDER } from './install-once';
import { createVenv, ensureUv, findPython313 } from './python';
import { ensureSystemPackages } from '../system/ensure';
import { mustRun, sayOnStderr, type Say } from './run-command';

const MINISTACK_REQUIREMENTS = join(__dirname, 'requirements-ministack.txt');
const LOCALSTACK_REQUIREMENTS = join(__dirname, 'requirements-localstack.txt');
const PLUGIN = join(__dirname, '..', 'aws', 'localstack-process-executor');

const isSource = (path: string): boolean => !/__pycache__|\.egg-info|\/build(\/|$)/.test(path);

/** One hash over files, and over the sources of folders. */
function versionOf(...paths: readonly string[]): string {
  const hash = createHash('sha256');
  const add = (path: string): void => {
    const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const inner = join(path, entry.name);
      if (!isSource(inner)) continue;
      if (entry.isDirectory()) add(inner);
      else hash.update(entry.name).update(readFileSync(inner));
    }
  };
  for (const path of paths) {
    if (path.endsWith('.txt')) hash.update(readFileSync(path));
    else add(path);
  }
  return hash.digest('hex');
}

/** The Node 22 that the emulators run functions with: it comes with the npm package `node`. @throws Error when npm has not installed it */
export function ensureNode22(): string {
  const binary = join(PROJECT_ROOT, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(binary)) throw new Error(`Node 22 for the functions is missing (${binary}); run "npm ci"`);
  return binary;
}

/** MiniStack's Python. Installs it when needed; safe to repeat. @throws Error that says what to do */
export async function ensureMinistack(say: Say = sayOnStderr): Promise<string> {
  const folder = join(TOOLS_FOLDER, 'ministack');
  const install = (): Promise<void> => createVenv(folder, MINISTACK_REQUIREMENTS);
  await installOnce({ what: 'MiniStack 1.5.33', folder, version: versionOf(MINISTACK_REQUIREMENTS), say, install });
  return join(folder, 'bin', 'python');
}

export interface LocalstackTools {
  /** The interpreter with LocalStack and the plugin. */
  readonly python: string;
  /** Jars that LocalStack would download by itself: goes to `var/lib/localstack/lib` below its FILESYSTEM_ROOT. */
  readonly libraries: string;
  readonly javaHome: string;
}

async function javaHome(): Promise<string> {
  const chosen = process.env['JAVA_HOME'];
  if (chosen !== undefined && existsSync(join(chosen, 'lib', 'server', 'libjvm.so'))) return chosen;
  return dirname(dirname(realpathSync((await mustRun('which', ['java'])).trim())));
}

async function installLocalstack(folder: string, say: Say): Promise<void> {
  const uv = await ensureUv(say);
  const python = join(folder, 'venv', 'bin', 'python');
  await mustRun(uv, ['venv', '--quiet', '--python', await findPython313(uv, say), join(folder, 'venv')]);
  await mustRun(uv, ['pip', 'install', '--quiet', '--python', python, '-r', LOCALSTACK_REQUIREMENTS]);
  // from a copy: building leaves folders in the source
  cpSync(PLUGIN, join(folder, 'plugin'), { recursive: true, filter: isSource });
  await mustRun(uv, ['pip', 'install', '--quiet', '--no-deps', '--python', python, join(folder, 'plugin')]);
  say('LocalStack: fetching DynamoDB Local and JSONata from Maven Central …');
  mkdirSync(join(folder, 'lib'));
  await mustRun(python, [join(PLUGIN, 'prepare.py'), join(folder, 'lib'), '--java-home', await javaHome()]);
}

/**
 * LocalStack 4.13.1 in host mode, with the plugin beside it. Installs it when needed; safe to repeat.
 * @throws Error that says what to do: no Python 3.13, no right to install Java and Maven
 */
export async function ensureLocalstack(say: Say = sayOnStderr): Promise<LocalstackTools> {
  const folder = join(TOOLS_FOLDER, 'localstack');
  const install = async (): Promise<void> => {
    await ensureSystemPackages(['default-jre-headless', 'maven']);
    await installLocalstack(folder, say);
  };
  const version = versionOf(LOCALSTACK_REQUIREMENTS, PLUGIN);
  await installOnce({ what: 'LocalStack 4.13.1 (host mode)', folder, version, say, install });
  return {
    python: join(folder, 'venv', 'bin', 'python'),
    libraries: join(folder, 'lib'),
    javaHome: realpathSync(join(folder, 'lib', 'java', '21')),
  };
}
