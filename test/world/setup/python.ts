import { join } from 'node:path';
import { installOnce, TOOLS_FOLDER } from './install-once';
import { runCommand } from '../system/commands';
import { ensureSystemPackages } from '../system/ensure';
import { mustRun, type Say } from './run-command';

const UV_VERSION = '0.13.8';
/** Prints the interpreter's own path (a shim's would not do) when it has the wanted version and can make environments. */
const PROBE =
  'import sys, venv, ensurepip\nwanted = tuple(map(int, sys.argv[1].split(".")))\nsys.exit("too old") if sys.version_info < wanted else print(sys.executable)';

async function interpreterAt(command: string, atLeast: string): Promise<string | null> {
  const result = await runCommand(command, ['-c', PROBE, atLeast]);
  return result.code === 0 ? result.stdout.trim() : null;
}

async function firstOf(candidates: readonly string[], atLeast: string): Promise<string | null> {
  for (const command of candidates) {
    const found = await interpreterAt(command, atLeast);
    if (found !== null) return found;
  }
  return null;
}

/** A Python of 3.10 or later with venv. @throws Error that says what to install */
async function anyPython(): Promise<string> {
  const candidates = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
  const found = await firstOf(candidates, '3.10');
  if (found !== null) return found;
  await ensureSystemPackages(['python3', 'python3-venv']);
  const installed = await firstOf(candidates, '3.10');
  if (installed === null) throw new Error('Python 3.10 or later with venv is needed, and the package python3 of this system is older');
  return installed;
}

/** Makes a virtual environment of pinned packages. @throws Error with pip's last lines */
export async function createVenv(folder: string, requirements: string): Promise<void> {
  await mustRun(await anyPython(), ['-m', 'venv', folder]);
  await mustRun(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
}

/** The `uv` program, from PyPI, in an environment of its own. Safe to repeat. */
export async function ensureUv(say: Say): Promise<string> {
  const folder = join(TOOLS_FOLDER, 'uv');
  const install = async (): Promise<void> => {
    await mustRun(await anyPython(), ['-m', 'venv', folder]);
    await mustRun(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `uv==${UV_VERSION}`]);
  };
  await installOnce({ what: `uv ${UV_VERSION}`, folder, version: UV_VERSION, say, install });
  return join(folder, 'bin', 'uv');
}

async function pyenvPython(): Promise<string | null> {
  const versions = await runCommand('pyenv', ['versions', '--bare']);
  const newest = versions.stdout
    .split('\n')
    .filter((line) => /^3\.13\.\d+$/.test(line))
    .at(-1);
  if (newest === undefined) return null;
  const prefix = await runCommand('pyenv', ['prefix', newest]);
  return prefix.code === 0 ? interpreterAt(join(prefix.stdout.trim(), 'bin', 'python'), '3.13') : null;
}

/**
 * A Python 3.13: on the PATH, from pyenv, known to uv, or fetched by uv where it can.
 * @throws Error that says what to do
 */
export async function findPython313(uv: string, say: Say): Promise<string> {
  const near = (await interpreterAt('python3.13', '3.13')) ?? (await pyenvPython());
  if (near !== null) return near;
  const environment = { ...process.env, UV_PYTHON_INSTALL_DIR: join(TOOLS_FOLDER, 'python') };
  const find = (): Promise<string | null> =>
    runCommand(uv, ['python', 'find', '3.13'], { environment }).then((result) => (result.code === 0 ? result.stdout.trim() : null));
  const known = await find();
  if (known !== null) return known;
  say('fetching Python 3.13 with uv …');
  await runCommand(uv, ['python', 'install', '3.13'], { environment });
  const fetched = await find();
  if (fetched !== null) return fetched;
  throw new Error(
    'LocalStack needs Python 3.13, and there is none: not as "python3.13", not in pyenv, and uv could not fetch one. Install python3.13 and run this again.',
  );
}
