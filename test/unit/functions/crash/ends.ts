/** How an installation stands when all is over. */
import { keyOf } from '../life/world';
import { BATCH, RUNS, SOURCE, type Story } from './story';

const sorted = <T>(items: Iterable<T>): readonly T[] => [...items].sort();

/** Everything that must be the same, however often a process died on the way. */
export async function endOf({ world, agents }: Story) {
  const { stores, machines, cluster, away, now } = world;
  const [batch, source] = [await stores.batches.get(BATCH), await stores.sources.get(SOURCE)];
  const worker = await stores.workers.get(`${BATCH}.a${batch?.attempt ?? 0}`);
  const keys = RUNS.map((run) => keyOf(run));
  const outcomes = await stores.outcomes.get(keys);
  const { items: events } = await stores.events.ofSource(SOURCE, { limit: 1000 });
  const day = now().toISOString().slice(0, 10);
  const committed = await stores.money.committed({ day, month: day.slice(0, 7) });
  const open = await stores.jobs.open(100);
  return {
    batch: batch && {
      status: batch.status,
      complete: batch.completeRuns,
      failed: batch.failedRuns,
      causes: batch.attempts.map(({ cause }) => cause),
    },
    source: source && {
      ...{ status: source.lastRunStatus, phase: source.phase, counts: source.counts },
      ...{ attention: source.needsAttention?.reason, warnings: source.generatedWarning, published: [source.indexAsked, source.indexDone] },
    },
    worker: worker && { status: worker.status, sweep: worker.sweep, sweepFailures: worker.sweepFailures, dollars: worker.costDollars },
    outcomes: keys.map((key) => outcomes.get(key)?.result),
    home: sorted(agents.home),
    fetched: sorted(agents.fetched),
    creates: away.requests.filter(({ askedBefore }) => askedBefore !== true).map(({ jobId }) => jobId),
    submitted: sorted([...cluster.jobs].map(([jobId, { state }]) => `${jobId} ${state}`)),
    left: {
      machines: away.machines.size,
      claims: (await stores.claims.get(keys)).size,
      alive: (await stores.workers.alive()).map(({ workerId, status }) => `${workerId} ${status}`),
      jobs: open.map(({ jobId, status }) => `${jobId} ${status}`),
      running: machines.executions.filter(({ status }) => status === 'RUNNING').map(({ name }) => name),
      reserved: committed.reservedDollars,
      counted: (await stores.workers.counters()).filter(({ workers, bytes }) => workers !== 0 || bytes !== 0),
      marks: ((await stores.reaps.report())?.marks ?? []).map(({ subject, kind }) => `${subject} ${kind}`),
    },
    spent: (await stores.money.spending('month')).map(({ dollars, workers }) => ({ dollars, workers })),
    paces: (await stores.paces.list()).map(({ batches, version }) => ({ batches, version })),
    // Every change of status once, and nothing told twice.
    history: sorted(events.map(({ entityId, type }) => `${entityId} ${type}`)),
  };
}
export type End = Awaited<ReturnType<typeof endOf>>;

/** What an end has that is not as in the other, with what the other has. */
export const differences = (end: object, other: object): object | undefined => {
  const both = Object.entries(end).map(
    ([name, is]) => [name, { is: is as unknown, elsewhere: Reflect.get(other, name) as unknown }] as const,
  );
  const differing = both.filter(([, { is, elsewhere }]) => JSON.stringify(is) !== JSON.stringify(elsewhere));
  return differing.length === 0 ? undefined : Object.fromEntries(differing);
};

/**
 * What counts, where an attempt or a sweep was lost on the way: everything home once and verified, nobody paid for twice, nothing left, nobody asked. How many attempts
 * that took is of no account.
 */
export const essenceOf = ({ batch, source, worker, outcomes, home, creates, left, spent }: End) => ({
  batch: { ...batch, causes: [] },
  source: { ...source, warnings: [], published: [] },
  worker: worker?.status,
  ...{ outcomes, home, left },
  createdTwice: creates.length - new Set(creates).size,
  unpaid: creates.length - (spent[0]?.workers ?? 0),
});
