import { DeleteParameterCommand, GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installCluster, keyPlaces } from '../../../cli/cluster-setup';
import { revokeKey, rotateKey, type KeyPlaces } from '../../../cli/rotate-key';
import { runCommand } from '../../world/system/commands';
import { Config } from '../../../infra/config';
import { newSshKey } from '../../../layers/adapters/bridge/new-ssh-key';
import type { Cluster } from '../../world/cluster/cluster';

const HERE = { by: 'here', sudo: false } as const;
const KEY = '/trawl/lab/ssh-key';

/** SSM's parameters in memory: what the product writes there is what it reads. */
function parametersInMemory(kept: Map<string, string>): () => void {
  const mock = mockClient(SSMClient);
  const missing = new ParameterNotFound({ message: 'none', $metadata: {} });
  mock.on(GetParameterCommand).callsFake(({ Name }: { Name: string }) => {
    if (!kept.has(Name)) throw missing;
    return { Parameter: { Value: kept.get(Name) } };
  });
  mock.on(PutParameterCommand).callsFake(({ Name, Value }: { Name: string; Value: string }) => void kept.set(Name, Value));
  mock.on(DeleteParameterCommand).callsFake(({ Name }: { Name: string }) => {
    if (!kept.delete(Name)) throw missing;
  });
  return () => mock.restore();
}

/** What `trawl cluster install` and the two commands of the key do to a real head node: its sshd, its gate, its authorized keys. */
export function clusterSetupContract(name: string, cluster: () => Promise<Cluster>, kitFiles: string): void {
  describe(`trawl cluster, ${name}`, () => {
    const scratch = mkdtempSync(join(tmpdir(), 'trawl-cluster-setup-'));
    const kept = new Map<string, string>();
    let forget: () => void;
    const others = newSshKey('ada@lab').public;
    let config: Config;
    let authorizedKeys: string;
    const options = () => ({ dryRun: false, authorizedKeys, nextflowLib: kitFiles, tools: kitFiles });
    const places = (more: Partial<KeyPlaces> = {}): KeyPlaces => ({
      ...keyPlaces(config, HERE, options(), () => undefined),
      pause: () => Promise.resolve(),
      ...more,
    });
    const letIn = (): number =>
      readFileSync(authorizedKeys, 'utf8')
        .split('\n')
        .filter((line) => line.endsWith(' trawl-lab')).length;
    const current = (): string => kept.get(KEY) ?? '';

    beforeAll(async () => {
      forget = parametersInMemory(kept);
      const { head, root, slurmConf, authorize } = await cluster();
      config = Config.parse({ installation: 'lab', cluster: { ...head, root, group: (await runCommand('id', ['-gn'])).stdout.trim() } });
      authorizedKeys = join(dirname(slurmConf), 'authorized_keys');
      authorize(others);
      kept.set(KEY, newSshKey('trawl-lab').private);
    }, 120_000);
    afterAll(() => {
      forget();
      rmSync(scratch, { recursive: true, force: true });
    });

    it('says what it would do, does it, and finds it done; then the gate answers to the installation’s key', async () => {
      expect(await places().problem(current())).toContain('login-refused');
      const would = await installCluster(config, HERE, { ...options(), dryRun: true });
      expect(would?.find(({ what }) => what === 'key')?.state).toBe('would');
      expect(letIn()).toBe(0);
      await installCluster(config, HERE, options());
      expect(statSync(join(config.cluster.root, 'runs')).mode & 0o7777).toBe(0o2750);
      expect(await places().problem(current())).toBeUndefined();
      const again = await installCluster(config, HERE, options());
      expect(new Set(again?.map(({ state }) => state))).toEqual(new Set(['ok']));
    }, 60_000);

    it('writes the same down as a script, which does it where it is run', async () => {
      const path = join(scratch, 'install.sh');
      expect(await installCluster(config, { by: 'script', path }, options())).toBeUndefined();
      const ran = await runCommand('sh', [path]);
      expect(ran).toMatchObject({ code: 0, stdout: expect.stringMatching(/key +ok /) as string });
    }, 60_000);

    // Cut before each thing that a rotation does to the world outside, and after the last.
    it.each([1, 2, 3, 4, 5])('a rotation that is cut at step %i goes on in the next, and one key is let in at its end', async (cutAt) => {
      const before = current();
      let step = 0;
      const counted =
        <A extends readonly unknown[], R>(act: (...args: A) => Promise<R>) =>
        async (...args: A): Promise<R> => {
          step += 1;
          if (step === cutAt) throw new Error('cut');
          return act(...args);
        };
      const { parameters, head, ...rest } = places();
      const cut = { ...rest, head: counted(head) };
      const { ensure, write, remove } = parameters;
      await expect(
        rotateKey({ ...cut, parameters: { ...parameters, ensure: counted(ensure), write: counted(write), remove: counted(remove) } }),
      ).rejects.toThrow('cut');
      expect(await places().problem(current())).toBeUndefined();
      expect(await rotateKey(places())).toBe('done');
      expect(await places().problem(current())).toBeUndefined();
      expect(await places().problem(before)).toContain('login-refused');
      expect([letIn(), kept.size]).toEqual([1, 1]);
    });

    it('does not switch to a key that the gate does not answer to', async () => {
      const before = current();
      await expect(rotateKey(places({ head: async () => Promise.resolve('done') }))).rejects.toThrow('the old one still counts');
      expect(current()).toBe(before);
    });

    it('a key that is revoked is let in no more and asked with no more; a rotation brings a new one', async () => {
      const before = current();
      expect(await revokeKey(places(), new Date())).toBe('done');
      expect(await places().problem(before)).toContain('login-refused');
      expect(await places().problem(current())).toContain('key-revoked');
      expect(await revokeKey(places(), new Date())).toBe('done');
      await expect(installCluster(config, HERE, options())).rejects.toThrow('revoked');
      expect(await rotateKey(places())).toBe('done');
      expect(await places().problem(current())).toBeUndefined();
      expect(readFileSync(authorizedKeys, 'utf8')).toContain(others.split(' ')[1]);
    }, 60_000);
  });
}
