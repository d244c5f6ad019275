import { judgeAway, type AwayVerdict } from '../dispatch/judge-away';
import type { EarlyRules } from '../dispatch/judge-early';
import type { ProbeRules } from '../dispatch/judge-probe';
import type { Job, Worker } from '../entities';
import { jobKeyOf } from '../ids';
import { changeWorker } from './change-status';
import type { Deps } from './deps';
import { endJob } from './end-job';
import type { Isolate } from './isolate';
import type { ProviderLists } from './list-providers';
import { lookEarly } from './look-early';
import { neededProvider, neededWorker } from './needed';

type AwayDeps = Pick<Deps, 'stores' | 'machines' | 'providers' | 'now' | 'installation'> & { readonly lists: ProviderLists };

/** Without `early` no worker is swept before its job is over. */
export interface AwayRules extends ProbeRules {
  readonly early?: EarlyRules;
}

/** Its worker keeps the results, and its provider alone knows whether it lives. */
export const isAway = (job: Job): boolean => job.kind === 'run' && job.documentKey !== undefined;

/**
 * Asks the providers' lists about the workers of these jobs and follows what they say. What a list lacks is asked for by name once more,
 * since lists lag. One that lives and is silent, or has done more, is swept early. Safe to repeat: ends are applied once, and an answer that does not come changes nothing.
 * @returns verdict per job
 */
export async function probeAway(
  deps: AwayDeps & { readonly isolate: Isolate },
  jobs: readonly Job[],
  rules: AwayRules,
): Promise<readonly string[]> {
  const verdicts: string[] = [];
  for (const { jobId } of jobs) {
    verdicts.push((await deps.isolate(jobId, () => followOne(deps, jobId, rules))) ?? 'failed');
  }
  return verdicts;
}

const UNASKED = { outcome: 'unknown', detail: 'its provider did not answer' } as const;

async function followOne(deps: AwayDeps, jobId: string, rules: AwayRules): Promise<string> {
  const job = await deps.stores.jobs.get(jobId);
  if (job?.workerId === undefined || (job.status !== 'requested' && job.status !== 'started')) return 'over';
  const worker = await neededWorker(deps, job.workerId);
  const provider = neededProvider(deps, worker);
  const listed = await deps.lists(worker.provider);
  const key = jobKeyOf(deps.installation, jobId);
  // A provider that does not even answer for all is not asked for each: that would only be in the way of what ends machines.
  const found = listed === undefined ? UNASKED : (listed.get(key) ?? (await provider.probe(key, worker.providerRef ?? job.slurmId)));
  const verdict = judgeAway(job, found, deps.now(), { ...rules, missingSeconds: provider.lookUpSeconds ?? rules.missingSeconds });
  await follow(deps, job, worker, verdict);
  return verdict.do === 'note-alive' && rules.early !== undefined ? lookEarly(deps, job, rules.early) : verdict.do;
}

async function follow(deps: AwayDeps, job: Job, worker: Worker, verdict: AwayVerdict): Promise<void> {
  switch (verdict.do) {
    case 'nothing':
      return;
    case 'note-alive':
      if (worker.status === 'requested') {
        await changeWorker(deps, worker.workerId, 'created', { actor: 'probe', set: { providerRef: verdict.providerRef } });
      }
      if (job.slurmId === verdict.providerRef && job.missingSince === undefined) return;
      await deps.stores.jobs.note(job.jobId, { slurmId: verdict.providerRef }, ['missingSince', 'missingLooks']);
      return;
    case 'note-missing':
      await deps.stores.jobs.note(job.jobId, {
        missingSince: job.missingSince ?? deps.now().toISOString(),
        missingLooks: verdict.looks,
      });
      return;
    case 'lose': {
      const result = verdict.cause === 'cancel-requested' ? 'cancelled' : 'lost';
      await endJob(deps, job, { result, cause: verdict.cause, actor: 'probe' });
    }
  }
}
