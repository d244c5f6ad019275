/** A batch on a worker that keeps its results, looked at while it works. */
import { EARLY_RULES } from '../../../../layers/core/dispatch/judge-early';
import { awayLife, RUN, SSH, WORKER, type AwayLife } from './away-life';
import { runOf, STAGE } from './world';

/** Its deadline is hours away. */
const LONG = { ...STAGE, resources: { ...STAGE.resources, timeMinutes: 300 } };

export const earlyJob = (number: number): string => `${WORKER}.early-${number}`;
export const sweptRun = (number: number) => ({
  accession: runOf(number).accession,
  filesHash: runOf(number).filesHash,
  result: 'verified',
});

export interface EarlyLife extends AwayLife {
  /** What the agent left to be read, as the report of an early sweep has it. */
  readonly word: (seq: number, kind?: string, body?: object) => object;
  /** The newest early sweep reached the worker; its report. */
  readonly reached: (number: number, report?: { readonly runs?: readonly object[]; readonly word?: object }) => Promise<void>;
  /** It speaks every four minutes, with so many runs done, and is probed as often. */
  readonly speaking: (seconds: number, runsDone: number) => Promise<void>;
  readonly job: () => ReturnType<AwayLife['stores']['jobs']['get']>;
}

export async function earlyLife(options?: { readonly twice?: boolean }): Promise<EarlyLife> {
  const life = await awayLife(() => undefined, { ...options, stages: [LONG] });
  await life.say('started', { ssh: SSH });
  return {
    ...life,
    word: (seq, kind = 'alive', body = {}) => ({ v: 1, jobId: RUN, attempt: 1, seq, sentAt: 'x', kind, body }),
    reached: (number, { runs = [], word } = {}) => life.cluster.report(earlyJob(number), { runs, ...(word && { word }) }),
    speaking: async (seconds, runsDone) => {
      for (let spoken = 0; spoken < seconds; spoken += 240) {
        life.pass(180);
        await life.say('progress', { runsDone });
        await life.probe(60);
      }
    },
    job: () => life.stores.jobs.get(RUN),
  };
}

/** Looked at as often as it may be, until so many looks have reached it and found nothing. */
export async function stillLooks(life: EarlyLife, looks: number): Promise<void> {
  await life.probe(EARLY_RULES.silenceSeconds);
  for (let look = 1; look <= looks; look += 1) {
    await life.reached(look);
    if (look < looks) await life.probe(EARLY_RULES.silenceSeconds / 2);
  }
}
