import { tallied } from '../../run/faults/ledger';
import { summaryOf } from './known';
import type { Place } from './place';

/** Runs that the archive itself counts for a study. */
async function counted({ enaUrl }: Place['installation'], study: string): Promise<number> {
  const parameters = new URLSearchParams({ result: 'read_run', query: `study_accession="${study}"`, format: 'json' });
  const answer = await fetch(`${enaUrl}/ena/portal/api/count?${parameters.toString()}`);
  return Number(((await answer.json()) as { readonly count: string }).count);
}

/** Sources of which Trawl knows other runs than the archive has. */
async function lost(place: Place): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { sourceId, listingCycle } of (await place.sources()).values()) {
    const study = sourceId.replace('study:', '');
    const [there, { known, states }] = [await counted(place.installation, study), await summaryOf(place, study, listingCycle)];
    const here = known - states.missing - states.withdrawn;
    if (here !== there) found.push(`${sourceId}: ${here} of ${there} runs`);
  }
  return found;
}

/** Nothing was approved, so nothing may live: a worker, a job, a counter that is not zero. */
async function leaked({ stores }: Place): Promise<readonly string[]> {
  const [workers, jobs, counters] = [await stores.workers.alive(), await stores.jobs.open(1_000), await stores.workers.counters()];
  const left = counters.filter(({ workers: count, bytes }) => count !== 0 || bytes !== 0);
  return [...workers.map(({ workerId }) => workerId), ...jobs.map(({ jobId }) => jobId), ...left.map((each) => JSON.stringify(each))];
}

/** Writes down what the installation has lost and leaked when everything was played. */
export async function tally(place: Place): Promise<void> {
  tallied({ installation: place.installation.name, lost: [...(await lost(place))], leaked: [...(await leaked(place))] });
}
