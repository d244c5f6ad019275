/** A second installation on the same ground: emulator, Slurm, account of DigitalOcean and archive are those of the first, nothing else is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { destroy } from '../aws/deploy';
import { clusterUnder } from '../cluster/beside';
import { configPathIn, install } from './install';
import { CACHE_DIR, type Installation } from './installation';

const WithKit = z.object({ droplet: z.object({ kitFile: z.string() }) });

export interface BesideOptions {
  readonly name: string;
  readonly overrides?: Readonly<Record<string, unknown>>;
}
export interface Beside extends Installation {
  /** `cdk destroy` of its stacks, as `docs/uninstall.md` says; the emulator stays. */
  readonly uninstall: () => Promise<void>;
}

/** Ends with the first one. @param first has droplets and a cluster */
export async function installBeside(first: Installation, { name, overrides = {} }: BesideOptions): Promise<Beside> {
  const firstDir = join(first.emulator.stateDir, '..');
  const stateDir = join(firstDir, name);
  const { droplet } = WithKit.parse(JSON.parse(readFileSync(configPathIn(firstDir), 'utf8')));
  const tokenFile = join(firstDir, 'digitalocean', 'token');
  const droplets = { apiUrl: first.digitalOceanUrl ?? '', tokenFile, kitFile: droplet.kitFile, settings: {} };
  const cluster = await clusterUnder(join(firstDir, 'cluster'), name, CACHE_DIR);
  const { emulator, enaUrl } = first;
  const options = { stateDir, installation: name, recheckSeconds: 24 * 3_600, overrides, say: () => undefined };
  const { access, outputs } = await install(options, { emulator, cluster, enaUrl, droplets, ssm: undefined });
  const stacks = [`${name}-stateless`, `${name}-stateful`];
  return {
    ...first,
    ...{ name, access, outputs, cluster },
    stop: () => Promise.resolve(),
    uninstall: () => destroy({ emulator, configPath: configPathIn(stateDir), folder: join(stateDir, 'deployment') }, stacks),
  };
}
