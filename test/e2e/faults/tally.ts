import { apiClient } from '../../../cli/client';
import { sourcePath } from '../../../cli/commands/arguments';
import { RunsAnswer } from '../../../cli/schemas';
import { jobKeyOf } from '../../../layers/core/ids';
import { agreeingWithArchive, filesAtHome } from '../../world/demo/check-home';
import { sleep } from '../../world/aws/processes';
import { tallied } from '../../run/faults/ledger';
import type { Installation } from '../../world/installation/installation';
import type { Inside } from '../support/aws';
import { queued } from '../support/observe';

const LOOKS = 60;
type Looked = Inside & { readonly installation: Installation };

/** Runs that Trawl calls complete and of which nothing lies at home as the archive has it. */
async function lost({ installation, stores }: Looked): Promise<readonly string[]> {
  const files = await agreeingWithArchive(await filesAtHome(installation.cluster.root), installation.ena);
  const home = new Set(files.map(({ accession }) => accession));
  const { items: sources } = await stores.sources.list({ limit: 1_000 });
  const missing: string[] = [];
  // One after the other: each is a look into a source's records.
  for (const { sourceId } of sources) {
    const path = `${sourcePath(sourceId)}/runs?state=complete`;
    const { items } = await apiClient(installation.access).pages<RunsAnswer['items'][number], RunsAnswer>(path, 1_000, RunsAnswer);
    missing.push(...items.map(({ accession }) => accession).filter((accession) => !home.has(accession)));
  }
  return missing;
}

/** Machines that no living worker owns, jobs in the queue that no open job owns, counters without a worker. */
async function leaked({ installation, stores }: Looked): Promise<readonly string[]> {
  const [workers, jobs] = [await stores.workers.alive(), await stores.jobs.open(1_000)];
  const owned = new Set([
    ...jobs.map(({ jobId }) => jobKeyOf(installation.name, jobId)),
    ...workers.map(({ workerId }) => jobKeyOf(installation.name, `${workerId}.fetch`)),
  ]);
  const machines =
    (await installation.digitalOcean?.droplets())?.filter(({ status }) => status !== 'destroyed' && status !== 'unborn') ?? [];
  const names = [...machines.map(({ name }) => name), ...(await queued(installation))].filter((name) => !owned.has(name));
  const counters =
    workers.length > 0 ? [] : (await stores.workers.counters()).filter((counter) => counter.workers !== 0 || counter.bytes !== 0);
  return [...names, ...counters.map((counter) => `counter ${JSON.stringify(counter)}`)];
}

/** Looks an installation over, and writes down what it has lost and leaked. What is on its way out when it begins is given a minute. */
export async function tally(place: Looked): Promise<void> {
  let left = await leaked(place);
  for (let looked = 1; left.length > 0 && looked < LOOKS; looked += 1) {
    await sleep(1_000);
    left = await leaked(place);
  }
  tallied({ installation: place.installation.name, lost: [...(await lost(place))], leaked: [...left] });
}
