/** What a day must not leave behind. */
import { FINAL_BATCH_STATUSES } from '../../../layers/core/entities';
import type { Day } from './day';
import { keyOf } from './plan';

/** Everything that still lives, counts or waits. */
export async function leaks({ stores, droplets, cluster, machines, planned }: Day): Promise<readonly string[]> {
  const alive = await stores.workers.alive();
  const counters = (await stores.workers.counters()).filter(({ workers, bytes }) => workers !== 0 || bytes !== 0);
  const { reservedDollars } = await stores.money.committed({ day: '-', month: '-' });
  const batches = await Promise.all(planned.batches.map((batchId) => stores.batches.get(batchId)));
  const sources = await Promise.all(planned.sources.map((sourceId) => stores.sources.get(sourceId)));
  const running = await Promise.all((['process-batch', 'publish-source'] as const).map((machine) => machines.running(machine)));
  return [
    ...alive.map(({ workerId, status }) => `${workerId} is ${status}`),
    ...[...droplets.memory.alive().values()].map(({ droplet }) => `droplet ${droplet.name} lives`),
    ...cluster.living().map((jobId) => `${jobId} lives on the cluster`),
    ...counters.map(({ scope, workers, bytes }) => `${scope} counts ${workers} and ${bytes}`),
    ...(reservedDollars === 0 ? [] : [`${reservedDollars} dollars are reserved`]),
    ...batches.flatMap((batch) => (batch && FINAL_BATCH_STATUSES.includes(batch.status) ? [] : [`${batch?.batchId} is ${batch?.status}`])),
    ...sources.flatMap((source) => (source?.phase === 'idle' ? [] : [`${source?.sourceId} is ${source?.phase}`])),
    ...running.flat().map((name) => `${name} runs`),
  ];
}

/** Runs without an outcome, and outcomes that the truth at home contradicts (I6). */
export async function losses({ stores, planned, home }: Day): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const run of planned.runs) {
    const key = keyOf(run);
    const outcome = (await stores.outcomes.get([key])).get(key);
    if (outcome === undefined) lost.push(`${run.accession} has no outcome`);
    else if (outcome.result === 'complete' && !home.has(key)) lost.push(`${run.accession} is complete and not at home`);
    else if (outcome.result === 'failed' && home.has(key)) lost.push(`${run.accession} failed (${outcome.reason}) and is at home`);
    else if (outcome.result === 'failed' && outcome.reason === undefined) lost.push(`${run.accession} failed for no reason`);
  }
  return lost.slice(0, 20);
}

export async function statuses({ stores, planned }: Day): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const batchId of planned.batches) {
    const status = (await stores.batches.get(batchId))?.status ?? 'none';
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}
