import { runCommand, findCommand, type CommandResult } from './commands';
import { systemPackages, type SystemPackage, type SystemPackageName } from './packages';

/** Something the machine lacks and this process may not install. The message is whole: it holds the command to type. */
export class MissingSystemPackages extends Error {
  override readonly name = 'MissingSystemPackages';
  constructor(
    message: string,
    readonly packages: readonly string[],
  ) {
    super(message);
  }
}

/** What `ensureSystemPackages` needs of the machine; given only by tests. */
export type Machine = {
  readonly find: (command: string) => string | undefined;
  readonly run: (command: string, args: readonly string[], echo?: boolean) => Promise<CommandResult>;
  readonly isRoot: boolean;
  readonly say: (line: string) => void;
};

const thisMachine: Machine = {
  find: (command) => findCommand(command),
  run: (command, args, echo = false) => runCommand(command, args, { echo }),
  isRoot: process.getuid?.() === 0,
  say: (line) => void process.stderr.write(`${line}\n`),
};

/**
 * Installs without starting services: a laptop that is to run a demo must not end with an sshd open to its network. policy-rc.d is
 * Debian's own way to say so; one that is there already is left alone, ours goes away however this ends.
 */
const installScript = `set -e
# One at a time on this machine: apt-get refuses a second one, and policy-rc.d is one file.
exec 9>/tmp/trawl-system-packages.lock
flock 9
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' >"$policy"
  chmod 755 "$policy"
fi
apt-get update -q
apt-get install -q -y --no-install-recommends -- "$@"`;

/**
 * Sees to it that the commands of these packages are there: looks for the commands, installs what is missing with apt-get where this process
 * is root or sudo asks no password, and else throws {@link MissingSystemPackages}, whose one message holds the exact command.
 * Running it twice is safe: what is found is not touched. Returns the packages it installed.
 */
export async function ensureSystemPackages(
  names: readonly SystemPackageName[],
  machine: Machine = thisMachine,
): Promise<readonly string[]> {
  const missing = await missingPackages(names, machine);
  if (missing.length === 0) return [];
  const prefix = await privilege(machine);
  if (prefix === undefined) throw refusal(missing, 'they cannot be installed from here');
  machine.say(`Installing system packages: ${missing.join(' ')}`);
  const argv = [...prefix, 'sh', '-c', installScript, 'sh', ...missing];
  const done = await machine.run(argv[0] ?? 'sh', argv.slice(1), true);
  if (done.code !== 0) throw refusal(missing, `apt-get ended with ${done.code ?? 'a signal'}: ${lastLines(done.stderr || done.stdout)}`);
  const still = await missingPackages(missing, machine);
  if (still.length > 0) throw refusal(still, 'apt-get installed them, yet their commands are missing or too old');
  return missing;
}

/** Those of the packages whose commands are missing or too old, each once, in the order given. Read only. */
export async function missingPackages(
  names: readonly SystemPackageName[],
  machine: Machine = thisMachine,
): Promise<readonly SystemPackageName[]> {
  const verdicts = await Promise.all(
    [...new Set(names)].map(async (name) => ({ name, there: await isThere(systemPackages[name], machine) })),
  );
  return verdicts.filter(({ there }) => !there).map(({ name }) => name);
}

async function isThere(wanted: SystemPackage, machine: Machine): Promise<boolean> {
  if (!wanted.commands.every((command) => machine.find(command) !== undefined)) return false;
  if (!wanted.version) return true;
  const [command, ...args] = wanted.version.argv;
  const { stdout, stderr } = await machine.run(command, args);
  const found = wanted.version.pattern.exec(`${stdout}\n${stderr}`)?.[1];
  return found !== undefined && Number(found) >= wanted.version.least;
}

/** What to put before a command to run it as root; undefined where that would ask a person or there is no apt-get. */
async function privilege(machine: Machine): Promise<readonly string[] | undefined> {
  if (machine.find('apt-get') === undefined) return undefined;
  if (machine.isRoot) return [];
  if (machine.find('sudo') === undefined) return undefined;
  return (await machine.run('sudo', ['-n', 'true'])).code === 0 ? ['sudo', '-n'] : undefined;
}

function refusal(missing: readonly SystemPackageName[], why: string): MissingSystemPackages {
  const command = `sudo apt-get update && sudo apt-get install -y ${missing.join(' ')}`;
  return new MissingSystemPackages(
    `System packages are missing (${missing.join(', ')}): ${why}. Run:\n  ${command}\nthen start again.`,
    missing,
  );
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' / ');
}
