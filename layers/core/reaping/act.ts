import type { ReapRules } from './suspects';
import { changeWorker } from '../use-cases/change-status';
import type { Deps } from '../use-cases/deps';
import { endJob } from '../use-cases/end-job';
import { neededWorker, runJobOf } from '../use-cases/needed';
import { repairAttempt } from '../use-cases/reconcile-batches';
import { releaseWorker, type ReleaseDeps } from '../use-cases/release-worker';
import type { ReapAct } from './kinds';
import type { Due } from './reap-plan';
import { INSTALLATION_EVENTS } from './records';
import { REAPER, tellResult } from './tell';

export type ActDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'gate' | 'providers' | 'now' | 'installation'> &
  Pick<ReleaseDeps, 'budget'> & {
    readonly rules: ReapRules;
  };
type Act = (deps: ActDeps, due: Due) => Promise<string>;

/** Both what was asked and what came of it, in words. */
const said = ({ outcome, detail }: { readonly outcome: string; readonly detail?: string }): string =>
  detail === undefined ? outcome : `${outcome}: ${detail}`;

const destroy: Act = async ({ providers }, { provider = '', key = '', providerRef }) => {
  const found = providers.get(provider);
  return found === undefined ? `failed: there is no provider ${provider}` : said(await found.destroy(key, providerRef));
};

/** Ends what its execution left: the job first, then the worker as ReleaseWorker does, which has it swept where it ever started (I5). */
const letGo: Act = async (deps, { workerId = '' }) => {
  const worker = await neededWorker(deps, workerId);
  const job = await runJobOf(deps, workerId);
  if (job === undefined) {
    const changed = await changeWorker(deps, workerId, 'destroy', { actor: REAPER, nothingToSweep: true });
    return changed.outcome === 'changed' ? 'destroying' : `refused: it is ${changed.item?.status ?? 'unknown'}`;
  }
  if (worker.status !== 'swept') await endJob(deps, job, { result: 'lost', cause: 'worker-abandoned', actor: REAPER });
  return (await releaseWorker(deps, workerId, job.jobId)).outcome;
};

const endOverdue: Act = async (deps, { workerId = '' }) => {
  const job = await runJobOf(deps, workerId);
  if (job === undefined) return 'nothing: no job was prepared';
  return (await endJob(deps, job, { result: 'lost', cause: 'deadline-passed', actor: REAPER })).outcome;
};

/** Cancelled first: a job whose record has ended is not looked at by anybody else. */
const cancelJob: Act = async (deps, { key = '', jobId = '', kind }) => {
  const asked = await deps.gate.cancel(jobId, key);
  if (asked.outcome === 'unknown') return said(asked);
  const job = kind === 'job-without-worker' ? await deps.stores.jobs.get(jobId) : undefined;
  if (job !== undefined) await endJob(deps, job, { result: 'cancelled', cause: 'worker-gone', actor: REAPER });
  return asked.answer.outcome;
};

const stopExecution: Act = async ({ machines }, { execution = '', mark }) => {
  await machines.stop('process-batch', execution, `${REAPER}: ${mark.detail}`);
  return 'stopped';
};

const repair: Act = async (deps, { batch }) => {
  const standing = batch === undefined ? undefined : await deps.stores.batches.get(batch.batchId);
  if (standing === undefined || standing.attempt !== batch?.attempt) return 'nothing: it has moved on';
  return (await repairAttempt(deps, standing)) ? 'started again' : 'nothing to start';
};

const mendCounter: Act = async (deps, { subject, counter, ledger, detail }) => {
  const { workers, money } = deps.stores;
  const event = {
    ...{ entityId: subject, sourceId: INSTALLATION_EVENTS, at: deps.now().toISOString() },
    ...{ type: 'counter-mended', actor: REAPER, detail },
  };
  if (counter === undefined && ledger === undefined) return 'nothing';
  const mended =
    counter !== undefined
      ? await workers.mendCounter(counter.seen, counter.to, event)
      : ledger !== undefined && (await money.mendLedger(ledger.seen, ledger.toDollars, event));
  return mended ? 'mended' : 'not as it was seen: looked at again';
};

const ACTS: Readonly<Record<Exclude<ReapAct, 'ask-person'>, Act>> = {
  destroy,
  'let-go': letGo,
  'end-job': endOverdue,
  'cancel-job': cancelJob,
  'stop-execution': stopExecution,
  repair,
  'mend-counter': mendCounter,
};

/**
 * Does what is due about one suspect, once. Safe to repeat, and on facts that are some seconds old: each is a conditional change, a request that ends nothing
 * twice, or a start by a name that is used once; what made it a suspect (a settled attempt, a worker that is gone, a passed deadline) does not unhappen.
 * @returns what came of it, in words
 */
export async function act(deps: ActDeps, due: Due): Promise<string> {
  const result = (await ACTS[due.act](deps, due)).slice(0, 500);
  if (due.act !== 'mend-counter') await tellResult(deps, due, result);
  return result;
}
