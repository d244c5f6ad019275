import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobKeyOf } from '../../../layers/core/ids';
import { deploy } from '../../world/aws/deploy';
import { dropletOf, takeAway } from '../../e2e/droplets/machines';
import type { Place } from '../../e2e/faults/place';
import type { WatchedSource } from '../../e2e/faults/watched-source';
import { injected } from '../../run/faults/ledger';
import type { Prepared } from './pipelines';

/** Two batches fetch on droplets, their children look at the runs on the cluster, the last one joins all. */
const [LOOKS, JOIN] = [[3, 4], 5] as const;

/** In each stage something dies once, and between the first two everything is deployed anew. */
export async function killedInEach(place: Place, source: WatchedSource, { go }: Prepared): Promise<void> {
  await droppedWhileFetching(place, source);
  await killedWhileLooking(place, source, go('look'));
  await deployedAnew(place);
  writeFileSync(go('look'), '');
  await source.until('a join at work', () => existsSync(`${go('compare')}.waits`));
  await place.installation.cluster.faults.cancelBehindBack(jobKeyOf(place.installation.name, jobOf(source, JOIN, 'compare')));
  injected('workflow-join-cancelled');
  writeFileSync(go('compare'), '');
  await source.untilSettled();
}

const jobOf = (source: WatchedSource, batch: number, stage: string): string => `${source.worker(1, batch)}.${stage}`;

async function droppedWhileFetching(place: Place, source: WatchedSource): Promise<void> {
  const made = await dropletOf(place, source);
  await source.until('a job that fetches', async () => (await source.jobNow())?.status === 'started');
  await takeAway(place, made);
  injected('workflow-machine-taken-away');
}

async function killedWhileLooking({ installation, stores }: Place, source: WatchedSource, go: string): Promise<void> {
  const started = (batch: number) => async () => (await stores.jobs.get(jobOf(source, batch, 'look')))?.status === 'started';
  for (const batch of LOOKS) await source.until(`a look of batch ${batch}`, started(batch));
  await source.until('a task that waits', () => existsSync(`${go}.waits`));
  const nextflow = new RegExp(`nextflow\\.cli\\.Launcher .*/jobs/${jobOf(source, LOOKS[0], 'look').replaceAll('.', '\\.')}/`);
  await source.until('a Nextflow to kill', () => installation.cluster.faults.killJobProcesses(nextflow) > 0);
  injected('workflow-nextflow-killed');
}

/** The same stacks with other settings: every function is another version, while executions of the old ones wait. */
async function deployedAnew({ installation: { emulator } }: Place): Promise<void> {
  const folder = join(emulator.stateDir, '..');
  const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as { readonly caps: object };
  const configPath = join(folder, 'config-2.json');
  writeFileSync(configPath, JSON.stringify({ ...config, caps: { ...config.caps, cyclesAtOnce: 7 } }));
  await deploy({ emulator, configPath, outputsFile: join(folder, 'deployment-2', 'outputs.json') });
  injected('workflow-deploy-between');
}
