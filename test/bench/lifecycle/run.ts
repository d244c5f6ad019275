import { join } from 'node:path';
import { makeStudy } from '../../e2e/support/scenarios/standing';
import { inside } from '../../e2e/support/aws';
import { isSettled, show, until } from '../../world/demo/observe';
import { startInstallation, type Installation } from '../../world/installation/installation';
import { cleaningUpOnInterruption } from '../../world/installation/interruption';
import { trawlJson } from '../../world/installation/trawl-cli';
import { PROJECT_ROOT } from '../../world/setup/install-once';
import { sayOnStderr } from '../../world/setup/run-command';
import { everythingSince, lifeOf, type Life, type Measured } from './measure';
import { goalsOf, limitsOf, printReport } from './report';

/** Droplets are pulled from and destroyed; on the cluster the results lie at home already. */
const PROVIDERS = ['droplet', 'slurm'] as const;
const RUNS_OF_A_BATCH = 4;
const TOTAL_BYTES = 60_000_000;
const TIMEOUT_SECONDS = 1_200;

/**
 * Batches one after the other, on real parts, through the deployed stack; the first of each provider warms the functions and is not measured.
 * @param rounds batches measured of each provider
 * @returns 1 when a stated limit does not hold; goals are told
 */
export async function runLifecycle(rounds: number, asJson: boolean): Promise<number> {
  const installation = await startInstallation({
    ...{ stateDir: join(PROJECT_ROOT, '.trawl', 'bench', 'lifecycle'), emulator: 'ministack', installation: 'bench' },
    ...{ totalBytes: TOTAL_BYTES, recheckSeconds: 24 * 3_600, droplets: true, say: sayOnStderr },
  });
  const end = (): Promise<void> => installation.stop();
  try {
    const measured = await cleaningUpOnInterruption(end, sayOnStderr, () => measure(installation, rounds));
    const [failures, goals] = [limitsOf(measured), goalsOf(measured)];
    process.stdout.write(
      asJson ? `${JSON.stringify({ ...measured, goals, failures }, undefined, 2)}\n` : printReport(measured, goals, failures),
    );
    return failures.length === 0 ? 0 : 1;
  } finally {
    await end();
  }
}

async function measure(installation: Installation, rounds: number): Promise<Measured> {
  let number = 0;
  const once = async (): Promise<Life[]> => {
    const lives: Life[] = [];
    for (const provider of PROVIDERS) lives.push(await liveOnce(installation, provider, (number += 1)));
    return lives;
  };
  await once();
  const since = new Date();
  const lives: Life[] = [];
  for (let round = 0; round < rounds; round += 1) lives.push(...(await once()));
  return { lives, everything: await everythingSince(inside(installation), since) };
}

/** One study, one cycle, one batch: from its name to *complete*. */
async function liveOnce(installation: Installation, provider: string, number: number): Promise<Life> {
  const { access } = installation;
  const study = `PRJEB9200${number}`;
  const sourceId = `study:${study}`;
  const accessions = Array.from({ length: RUNS_OF_A_BATCH }, (_, at) => `ERR9200${String(number).padStart(2, '0')}${at + 1}`);
  await makeStudy(installation, study, accessions);
  await trawlJson(access, ['add', sourceId, '--provider', provider]);
  sayOnStderr(`waiting for ${sourceId} (${provider}) …`);
  await until(`the end of ${sourceId}`, TIMEOUT_SECONDS, () => show(access, sourceId), isSettled);
  const [batch] = await inside(installation).stores.batches.ofSource(sourceId);
  if (batch?.status !== 'complete' || batch.attempt !== 1)
    throw new Error(`${sourceId}: its batch is ${batch?.status ?? 'not there'} at attempt ${batch?.attempt ?? 0}: it cannot be measured`);
  return lifeOf(installation, sourceId, batch.batchId, accessions);
}
