import { SSMClient } from '@aws-sdk/client-ssm';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { injected } from '../../run/faults/ledger';
import { parameterName } from '../../../infra/names';
import { attemptKeyOf, signatureOf } from '../../../layers/core/callbacks/keys';
import { ssmSecrets } from '../../../layers/adapters/aws/secrets';
import { dropletOf, untilFetched } from '../../e2e/droplets/machines';
import type { Scenario } from '../../e2e/droplets/scenarios';
import type { Place } from '../../e2e/faults/place';
import type { WatchedSource } from '../../e2e/faults/watched-source';
import { deploy } from '../../world/aws/deploy';
import { REGION } from '../../world/aws/emulator';

const slowSecond = (source: WatchedSource, seconds: number) => (): Promise<void> => source.slow(source.accessions[1] ?? '', seconds);
const ssm = ({ installation }: Place): SSMClient =>
  new SSMClient({
    endpoint: installation.emulator.endpoint,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });

/** Three of each schedule at once, each of them told twice, while a job runs. */
export const scheduledTwice = (place: Place, source: WatchedSource): Scenario<readonly string[]> => ({
  source,
  arrange: slowSecond(source, 15),
  play: async () => {
    await dropletOf(place, source);
    const answers: string[] = [];
    for (const machine of ['heartbeat', 'sweep-results', 'reap-workers'] as const) {
      const ids = Array.from({ length: 3 }, () => `test-${randomUUID()}`);
      const starts = [...ids, ...ids].map((id) => place.machines.start(machine, id, { id }));
      answers.push(...(await Promise.all(starts)));
    }
    injected('control-schedule-twice', answers.length);
    await source.untilSettled();
    return answers.sort();
  },
});

/** Words of its own job, signed with its own key, by a clock that is decades off, before and after. */
export const clockSkewed = (place: Place, source: WatchedSource): Scenario<readonly number[]> => ({
  source,
  arrange: slowSecond(source, 15),
  play: async () => {
    await source.until('a started job', async () => (await source.jobNow())?.status === 'started');
    const master = await ssmSecrets(ssm(place)).get(parameterName(place.installation.name, 'master'));
    const statuses: number[] = [];
    for (const [at, sentAt] of ['1970-01-01T00:00:00Z', '2099-12-31T23:59:59Z'].entries()) {
      const path = `/callbacks/${source.job()}`;
      const body = JSON.stringify({ v: 1, jobId: source.job(), attempt: 1, seq: 1_000 + at, sentAt, kind: 'alive', body: {} });
      const signature = signatureOf(attemptKeyOf(master, source.job(), 1), path, Buffer.from(body));
      const headers = { 'content-type': 'application/json', 'x-trawl-signature': signature };
      statuses.push((await fetch(`${place.proxy.url}${path}`, { method: 'POST', headers, body })).status);
    }
    injected('control-clock-skew', statuses.length);
    await source.untilSettled();
    return statuses;
  },
});

/** The same stacks again with other settings, so that every function is a new version, while an execution waits for its job. */
export const deployedMidRun = (place: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: slowSecond(source, 60),
  play: async () => {
    const made = await dropletOf(place, source);
    await untilFetched(source, made, source.accessions[0] ?? '');
    const { emulator } = place.installation;
    const folder = join(emulator.stateDir, '..');
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as { readonly caps: object };
    const configPath = join(folder, 'config-2.json');
    writeFileSync(configPath, JSON.stringify({ ...config, caps: { ...config.caps, cyclesAtOnce: 7 } }));
    await deploy({ emulator, configPath, outputsFile: join(folder, 'deployment-2', 'outputs.json') });
    injected('control-deploy-mid-run');
    await source.untilSettled();
  },
});
