import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { deploy } from '../aws/deploy';
import type { Emulator } from '../aws/emulator';
import type { Cluster } from '../cluster/cluster';
import type { Say } from '../setup/run-command';
import { localConfig, type ConfigOptions } from './config';
import { trawlJson } from './trawl-cli';

/** What is known of one that stands. */
export const Standing = z.object({
  installation: z.string(),
  enaUrl: z.string(),
  digitalOceanUrl: z.string().optional(),
  access: z.object({ url: z.string(), token: z.string() }),
  outputs: z.record(z.string(), z.string()),
});
export type Standing = z.infer<typeof Standing>;
const InitAnswer = z.object({ url: z.string(), token: z.string(), publicKey: z.string().nullable() });

export interface Droplets {
  readonly apiUrl: string;
  readonly tokenFile: string;
  readonly kitFile: string;
  readonly settings: Readonly<Record<string, unknown>>;
}
export interface InstallOptions {
  readonly stateDir: string;
  readonly installation: string;
  readonly recheckSeconds: number;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly say: Say;
}
/** What it is installed upon. */
export interface Ground {
  readonly emulator: Emulator;
  readonly cluster: Cluster;
  readonly enaUrl: string;
  readonly droplets: Droplets | undefined;
  readonly ssm: ConfigOptions['ssm'];
}

export const configPathIn = (stateDir: string): string => join(stateDir, 'config.json');

/** `cdk deploy` and `trawl init`, the same as on AWS; then the public key goes to the head node, as an administrator would put it. */
export async function install(options: InstallOptions, { emulator, cluster, enaUrl, droplets, ssm }: Ground): Promise<Standing> {
  const { stateDir, installation, recheckSeconds, overrides = {}, say } = options;
  mkdirSync(stateDir, { recursive: true });
  const configPath = configPathIn(stateDir);
  const others = { ...(droplets && { droplets }), ...(ssm && { ssm }) };
  writeFileSync(configPath, JSON.stringify(localConfig({ installation, cluster, enaUrl, recheckSeconds, overrides, ...others }), null, 2));
  const byStack = await deploy({ emulator, configPath, outputsFile: join(stateDir, 'deployment', 'outputs.json'), say });
  const outputs: Readonly<Record<string, string>> = Object.assign({}, ...Object.values(byStack)) as Record<string, string>;
  const baseUrl = emulator.apiUrl(outputs['RestApiId'] ?? '', outputs['ApiStage'] ?? 'v1');
  say('trawl init …');
  const token = droplets ? ['--digitalocean-token-file', droplets.tokenFile] : [];
  const made = InitAnswer.parse(
    await trawlJson(undefined, ['init', '--installation', installation, '--base-url', baseUrl, ...token], emulator.environment),
  );
  if (made.publicKey !== null) cluster.authorize(made.publicKey);
  return {
    installation,
    enaUrl,
    ...(droplets && { digitalOceanUrl: droplets.apiUrl }),
    access: { url: made.url, token: made.token },
    outputs,
  };
}
