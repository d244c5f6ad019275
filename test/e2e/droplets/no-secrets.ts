import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { attemptKeyOf } from '../../../layers/core/callbacks/keys';
import type { Place } from '../faults/place';
import type { WatchedSource } from '../faults/watched-source';
import { reportAtHome, type Watched } from './scenarios';

/** Everything that must never leave the control plane, as this installation has it. */
async function secretsOf({ installation }: Place, source: WatchedSource): Promise<readonly string[]> {
  const { emulator, name } = installation;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const ssm = new SSMClient({ endpoint: emulator.endpoint, region: emulator.environment['AWS_REGION'] ?? '', credentials });
  const read = async (parameter: string): Promise<string> =>
    (await ssm.send(new GetParameterCommand({ Name: `/trawl/${name}/${parameter}`, WithDecryption: true }))).Parameter?.Value ?? '';
  const [master, digitalOcean, operator] = await Promise.all(['master', 'digitalocean-token', 'operator-token'].map(read));
  const all = [master ?? '', digitalOcean ?? '', operator ?? '', attemptKeyOf(master ?? '', source.job(), 1)];
  expect(all.every((secret) => secret.length > 20)).toBe(true);
  return [...all, 'PRIVATE KEY'];
}

/** User data holds the single-use token alone, and no process on the droplet shows even that. */
export async function expectNoSecrets(place: Place, source: WatchedSource, { userData, commandLines }: Watched): Promise<void> {
  const secrets = await secretsOf(place, source);
  const token = /"token":"([^"]+)"/.exec(userData)?.[1] ?? '';
  expect(token.length).toBeGreaterThan(20);
  expect(secrets.filter((secret) => userData.includes(secret))).toEqual([]);
  expect(commandLines.length).toBeGreaterThan(0);
  expect([...secrets, token].filter((secret) => commandLines.some((line) => line.includes(secret)))).toEqual([]);
}

/** Its sshd saw one key and one command; what asked was a job of Slurm, on the partition for moving data. */
export async function expectPulledByJob(place: Place, source: WatchedSource, { sshLog }: Watched): Promise<void> {
  const { installation } = place;
  expect(sshLog).toContain('Accepted publickey for root');
  expect(sshLog).toMatch(/Starting session: forced-command \(key-option\) 'rrsync -ro \/var\/lib\/trawl\/staging'/);
  expect(sshLog).not.toMatch(/Starting session: (shell|subsystem|command)/);
  const sweep = `${source.worker()}.sweep-1`;
  expect(reportAtHome(place, sweep)).toMatchObject({ kind: 'sweep', result: 'finished', rsync: { exitCode: 0, tries: 1 } });
  const asked = ['-X', '-n', '-P', '-S', 'now-1days', `--name=${installation.name}.${sweep}`, '-o', 'Partition,State'];
  expect((await installation.cluster.run('sacct', asked)).stdout.trim()).toBe('data|COMPLETED');
}
