import { ensureSystemPackages, MissingSystemPackages, type Machine } from '../../world/system/ensure';
import { systemPackages } from '../../world/system/packages';

type Options = {
  readonly commands: readonly string[];
  readonly isRoot?: boolean;
  readonly sudoAsks?: boolean;
  readonly apt?: 'works' | 'fails' | 'lies';
  readonly java?: number;
};

/** A machine with only these commands; apt-get brings all commands of the packages it is asked for. */
function machineWith(options: Options): Machine & { readonly ran: string[][] } {
  const commands = new Set(options.commands);
  const ran: string[][] = [];
  const install = (names: readonly string[]): number => {
    if (options.apt === 'fails') return 100;
    if (options.apt !== 'lies')
      for (const each of Object.values(systemPackages)) if (names.includes(each.name)) each.commands.forEach((name) => commands.add(name));
    return 0;
  };
  const run: Machine['run'] = (command, args) => {
    ran.push([command, ...args]);
    const answer = (code: number, stderr = '') => Promise.resolve({ code, stdout: '', stderr });
    if (command === 'java') return answer(0, `openjdk version "${options.java ?? 17}.0.1"`);
    if (command === 'python3') return answer(0, 'Python 3.11.2');
    if (command === 'sudo' && args[1] === 'true') return answer(options.sudoAsks ? 1 : 0);
    return answer(install(args), 'E: Unable to locate package');
  };
  return {
    find: (name) => (commands.has(name) ? `/usr/bin/${name}` : undefined),
    run,
    isRoot: options.isRoot ?? false,
    say: () => undefined,
    ran,
  };
}

describe('ensureSystemPackages', () => {
  it('touches nothing where every command is found', async () => {
    const machine = machineWith({ commands: ['rsync', 'munged', 'apt-get'], isRoot: true });
    await expect(ensureSystemPackages(['rsync', 'munge'], machine)).resolves.toEqual([]);
    expect(machine.ran).toEqual([]);
  });

  it.each([
    { who: 'root', options: { isRoot: true }, first: ['sh', '-c'] },
    { who: 'a user whose sudo asks nothing', options: { sudoAsks: false }, first: ['sudo', '-n', 'sh', '-c'] },
  ])('installs just what is missing as $who', async ({ options, first }) => {
    const machine = machineWith({ commands: ['apt-get', 'sudo', 'rsync'], ...options });
    await expect(ensureSystemPackages(['rsync', 'munge', 'munge'], machine)).resolves.toEqual(['munge']);
    const call = machine.ran.at(-1) ?? [];
    expect(call.slice(0, first.length)).toEqual(first);
    expect(call.slice(first.length + 1)).toEqual(['sh', 'munge']);
  });

  it.each([
    { when: 'sudo asks for a password', options: { commands: ['apt-get', 'sudo'], sudoAsks: true } },
    { when: 'there is no sudo', options: { commands: ['apt-get'] } },
    { when: 'there is no apt-get', options: { commands: ['sudo'], isRoot: true } },
    { when: 'apt-get fails', options: { commands: ['apt-get'], isRoot: true, apt: 'fails' as const } },
    { when: 'apt-get succeeds without bringing the command', options: { commands: ['apt-get'], isRoot: true, apt: 'lies' as const } },
  ])('ends with one message that holds the exact command when $when', async ({ options }) => {
    const failure = await ensureSystemPackages(['rsync', 'munge'], machineWith(options)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MissingSystemPackages);
    expect(String(failure)).toContain('sudo apt-get update && sudo apt-get install -y rsync munge\n');
  });

  it('counts a Java older than 17 as missing', async () => {
    const failure = await ensureSystemPackages(['default-jre-headless'], machineWith({ commands: ['java'], java: 11 })).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(MissingSystemPackages);
  });
});
