import { dollarsSoFar } from '../api/cost';
import { holdEndsAt, judgeHold, type HoldRules } from '../dispatch/judge-hold';
import type { Job, Worker } from '../entities';
import { jobKeyOf } from '../ids';
import { isReproducible } from '../lifecycle/reproducible';
import type { ArchiveFiles } from '../ports/ena';
import { changeWorker } from './change-status';
import { chunksOf } from './chunks';
import type { Deps } from './deps';
import { giveUpHold } from './holds';
import type { Isolate } from './isolate';
import { MACHINE_GONE } from '../attempts/limits';
import type { ProviderLists } from './list-providers';
import { neededManifest, neededProvider, runJobOf } from './needed';
import { noteAttempt } from './note-attempt';
import { raiseAttention } from './raise-attention';
import { requestRescue } from './rescue-request';
import { verifiedRuns } from './verified-runs';

export type EndHoldsDeps = Pick<Deps, 'stores' | 'objects' | 'providers' | 'now' | 'installation'> & {
  readonly isolate: Isolate;
  readonly lists: ProviderLists;
  readonly archive: ArchiveFiles;
  readonly rules: HoldRules;
};
export type HoldEnd = 'nothing' | 'rescue' | 'given-up' | 'overdue' | 'vanished' | 'failed';

const ACTOR = 'probe-jobs';
const LOOK_AT = 200;
/** Questions to ENA's file server at a time. */
const AT_ONCE = 4;

/**
 * Ends the holds whose time is over (I5): the worker is told to put its results into the bucket; where it cannot, what ENA still serves is given up, and
 * anything else is told to a person and kept, with its cost. A worker that its provider has no more holds nothing. Results that lie at home or in the bucket cost
 * nothing and are left to a person. Safe to repeat: each step is a change of status that happens once, or a request that stands.
 * @returns how many of each
 */
export async function endHolds(deps: EndHoldsDeps): Promise<Readonly<Partial<Record<HoldEnd, number>>>> {
  const tally: Partial<Record<HoldEnd, number>> = {};
  for (const worker of await deps.stores.workers.withStatus('held', LOOK_AT)) {
    const job = await runJobOf(deps, worker.workerId);
    if (job?.documentKey === undefined || job.bringsResults) continue;
    const end = (await deps.isolate(worker.workerId, () => endOne(deps, worker, job))) ?? 'failed';
    tally[end] = (tally[end] ?? 0) + 1;
  }
  return tally;
}

async function endOne(deps: EndHoldsDeps, worker: Worker, job: Job): Promise<HoldEnd> {
  if (await isGone(deps, worker, job)) return vanish(deps, worker);
  const verdict = judgeHold(worker, job, deps.now(), deps.rules);
  if (verdict.do === 'nothing') return 'nothing';
  if (verdict.do === 'rescue') return (await requestRescue(deps, worker.workerId, ACTOR)).outcome === 'done' ? 'rescue' : 'nothing';
  const why = `its hold ended at ${holdEndsAt(worker, deps.rules.holdSeconds)}, and ${verdict.cause}`;
  const lost = await whatIsLost(deps, worker);
  if (lost !== undefined) return askPerson(deps, worker, `${why}; ${lost}`);
  const acted = await giveUpHold(deps, worker.workerId, ACTOR, `${why}; ENA still serves its files`);
  return acted.outcome === 'done' ? 'given-up' : 'nothing';
}

/** Lists lag behind births alone; still, what a list lacks is asked for by its own reference. */
async function isGone(deps: EndHoldsDeps, worker: Worker, job: Job): Promise<boolean> {
  const key = jobKeyOf(deps.installation, job.jobId);
  const ref = worker.providerRef ?? job.slurmId;
  const listed = await deps.lists(worker.provider);
  if (ref === undefined || listed === undefined || listed.has(key)) return false;
  return (await neededProvider(deps, worker).probe(key, ref)).outcome === 'absent';
}

async function vanish(deps: EndHoldsDeps, worker: Worker): Promise<HoldEnd> {
  const detail = `${MACHINE_GONE}: its provider has it no more; it was held for ${worker.heldCause ?? 'an unknown cause'}`;
  const changed = await changeWorker(deps, worker.workerId, 'vanished', { actor: ACTOR, detail });
  if (changed.outcome === 'refused') return 'nothing';
  await noteAttempt(deps, worker, { cause: MACHINE_GONE, detail, actor: ACTOR });
  return 'vanished';
}

/** What would be lost with the worker; undefined where all that is not home yet can surely be fetched again. */
async function whatIsLost(deps: EndHoldsDeps, worker: Worker): Promise<string | undefined> {
  const { stage, runs } = await neededManifest(deps, worker.workerId);
  if (!isReproducible(stage)) return `results of stage ${stage.name} cannot be fetched again`;
  const verified = new Set(await verifiedRuns(deps, worker.workerId));
  const files = runs.filter(({ accession }) => !verified.has(accession)).flatMap((run) => run.files);
  for (const some of chunksOf(files, AT_ONCE)) {
    const answers = await Promise.all(some.map(async (file) => ({ file, answer: await deps.archive.serves(file) })));
    const other = answers.find(({ answer }) => answer.outcome !== 'same');
    if (other) return `ENA does not surely serve ${other.file.name} as it was: ${detailOf(other.answer)}`;
  }
  return undefined;
}

const detailOf = (answer: Awaited<ReturnType<ArchiveFiles['serves']>>): string => (answer.outcome === 'same' ? '' : answer.detail);

/** Once; the look that is repeated after a while finds the attention standing and only writes its time. */
async function askPerson(deps: EndHoldsDeps, worker: Worker, why: string): Promise<HoldEnd> {
  const changed = await changeWorker(deps, worker.workerId, 'hold-overdue', { actor: ACTOR, detail: why });
  if (changed.outcome === 'refused') return 'nothing';
  const dollars = dollarsSoFar(worker, deps.now());
  const cost = dollars === undefined ? '' : `; ${dollars.toFixed(2)} dollars so far, ${worker.dollarsPerHour ?? 0} more each hour`;
  const detail = `${worker.workerId}: ${why}${cost}`;
  await raiseAttention(deps, worker.sourceId, { code: 'hold-overdue', detail, step: 'ProbeJobs', instead: 'results-held' });
  return 'overdue';
}
