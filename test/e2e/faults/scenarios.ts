import { injected } from '../../run/faults/ledger';
import type { Place } from './place';
import type { WatchedSource } from './watched-source';

const fetchingNextflow = (jobId: string): RegExp => new RegExp(`nextflow\\.cli\\.Launcher .*/jobs/${jobId.replaceAll('.', '\\.')}/`);

/** What is prepared before the source is named to Trawl, and what happens from then on. */
export interface Scenario<T> {
  readonly source: WatchedSource;
  readonly arrange: () => Promise<void>;
  readonly play: () => Promise<T>;
}

/** Its second run stops in the middle of its download. */
export const stallSecond = (source: WatchedSource) => (): Promise<void> => source.stall(source.accessions[1] ?? '');

/** Both runs at work: the first whole at the worker, the second in the middle of its download. */
export async function untilMidJob(source: WatchedSource): Promise<void> {
  const [first = '', second = ''] = source.accessions;
  await source.untilAsked(second);
  await source.untilStaged(first);
}

export function killNextflow({ installation }: Place, source: WatchedSource, attempt: number): void {
  if (installation.cluster.faults.killJobProcesses(fetchingNextflow(source.job(attempt))) === 0)
    throw new Error(`no Nextflow of ${source.job(attempt)} was there to be killed`);
  injected('nextflow-head-killed');
}

export const nextflowKilled = (place: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: stallSecond(source),
  play: async () => {
    await untilMidJob(source);
    killNextflow(place, source, 1);
    await source.untilSettled();
  },
});

export const jobCancelled = ({ installation }: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: stallSecond(source),
  play: async () => {
    await untilMidJob(source);
    await installation.cluster.faults.cancelBehindBack(source.key());
    injected('slurm-job-cancelled');
    await source.untilSettled();
  },
});

/** The worker's word never arrives, however often it is said. */
export const callbackLost = ({ proxy }: Place, source: WatchedSource, kind: 'started' | 'finished'): Scenario<void> => ({
  source,
  arrange: async () => proxy.lose({ jobId: source.job(), kind, what: 'request' }),
  play: () => source.untilSettled(),
});

/** Each of them is heard, but the worker does not learn it, and says it again. */
export const answersLost = ({ proxy }: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: async () => {
    for (const kind of ['enrol', 'started', 'finished']) proxy.lose({ jobId: source.job(), kind, what: 'answer', times: 1 });
  },
  play: () => source.untilSettled(),
});

export interface Aborted {
  readonly batchStatus: string | undefined;
  readonly workerStatus: string | undefined;
  readonly attention: unknown;
}

/** StopExecution while RunJob waits, of a job that cannot end meanwhile; what that led to; then a check by a person, with an archive that delivers. */
export const executionAborted = ({ machines, stores }: Place, source: WatchedSource): Scenario<Aborted> => ({
  source,
  arrange: () => source.stall(source.accessions[1] ?? '', 100),
  play: async () => {
    await untilMidJob(source);
    await source.until('RunJob waiting', async () => (await stores.waits.get(`${source.job()}/ended`))?.token !== undefined);
    await machines.stop('process-batch', source.worker(), 'aborted in the console');
    injected('control-execution-aborted');
    await source.untilSettled();
    const [batch] = await source.batches();
    const worker = await stores.workers.get(source.worker());
    const { needsAttention: attention } = await source.now();
    await source.deliver(source.accessions[1] ?? '');
    await source.tell('check');
    await source.untilSettled(2);
    return { batchStatus: batch?.status, workerStatus: worker?.status, attention };
  },
});

/** Every attempt's Nextflow is killed. An outage meanwhile puts attempts off, so that their numbers are not those of the kills. */
export const killedEachTime = (place: Place, source: WatchedSource): Scenario<void> => ({
  source,
  arrange: () => source.stall(source.accessions[0] ?? '', 3),
  play: async () => {
    for (const times of [1, 2, 3]) {
      await source.untilAsked(source.accessions[0] ?? '', times);
      killNextflow(place, source, (await source.batches())[0]?.attempt ?? 0);
    }
    await source.untilSettled();
  },
});

/** Slurm takes the first job that is submitted from now on, and its submitter does not learn it. */
export async function replyLost({ installation }: Place, source: WatchedSource): Promise<{ readonly settled: Promise<void> }> {
  const held = await installation.cluster.faults.holdSbatchReply(1);
  try {
    await source.tell('add');
    await source.until('a lost reply of sbatch', () => held.swallowed() === 1);
    injected('slurm-submission-reply-lost');
    // sbatch still waits for it and gives up by itself; what follows goes the straight way.
    await source.until('the end of that sbatch', async () => (await source.jobNow())?.status === 'started');
  } finally {
    await held.release();
  }
  return { settled: source.untilSettled() };
}

/** Stopped for a minute, with one batch at its downloads, and another source named in the middle of it. */
export async function outage(
  { stores }: Place,
  moving: WatchedSource,
  late: WatchedSource,
  { id, stop, start }: { readonly id: string; readonly stop: () => Promise<void>; readonly start: () => Promise<void> },
): Promise<void> {
  const [first = ''] = moving.accessions;
  await moving.slow(first, 20);
  await moving.tell('add');
  await moving.untilAsked(first);
  await moving.until('both batches started', async () => (await moving.jobNow(1, 2))?.startedAt !== undefined);
  // One that the outage meets half way is rightly taken for lost, and its attempt is spent.
  await moving.until('no submission under way', async () => (await stores.jobs.open(100)).every(({ status }) => status !== 'requested'));
  await stop();
  injected(id);
  try {
    const minute = new Promise((wake) => setTimeout(wake, 60_000));
    await late.tell('add');
    await minute;
  } finally {
    await start();
  }
  await Promise.all([moving.untilSettled(), late.untilSettled()]);
}
