import { isLasting } from '../attempts/causes';
import type { Batch } from '../entities';
import type { ClaimAnswer } from '../ports/stores';
import { fetchKeyOf } from '../ids';
import type { PlannedRun } from '../wire';
import { chunksOf } from './chunks';
import type { Deps } from './deps';
import { holdersInMotion } from './known-in-motion';

export interface Claimed {
  /** Runs that this batch holds now: the ones it fetches. */
  readonly mine: readonly PlannedRun[];
  /** `<accession>#<filesHash>` of runs that another batch fetches or has fetched. */
  readonly linked: readonly string[];
  /** Linked runs and those that this very batch verified, or left out for good, in an earlier attempt. */
  readonly settled: readonly string[];
  readonly verifiedHere: number;
}

/** Claims in one call of the store. */
const CHUNK = 100;
const linkOf = (run: PlannedRun): string => `${run.accession}#${run.filesHash}`;

type ClaimDeps = Pick<Deps, 'stores' | 'now'>;
type Fate = 'mine' | 'linked' | 'verified-here' | 'excluded-here';

/**
 * Takes what nobody holds (conditional puts, at most 100 a call) and leaves the rest to its holders: the source waits on those claims.
 * Resumable and safe to repeat: a claim that this batch holds counts as taken. A run that is verified cannot be claimed: the write itself
 * is refused, so that none which another batch brings home at this moment is worked on twice.
 */
export async function claimRuns(deps: ClaimDeps, batch: Batch, runs: readonly PlannedRun[]): Promise<Claimed> {
  const fates = new Map<PlannedRun, Fate>();
  for (let start = 0; start < runs.length; start += CHUNK) {
    const chunk = runs.slice(start, start + CHUNK);
    await claimLast(deps, { ...batch, name: batch.stage }, chunk, fates);
    for (const stage of batch.earlierStages ?? []) {
      await claimEarlier(
        deps,
        { ...batch, ...stage },
        chunk.filter((run) => fates.get(run) === 'mine'),
        fates,
      );
    }
  }
  const released = runs
    .filter((run) => fates.get(run) === 'linked')
    .map((run) => fetchKeyOf(run.accession, run.filesHash, batch.stage, batch.revision));
  if (batch.earlierStages !== undefined) for (const keys of chunksOf(released)) await deps.stores.claims.release(keys, batch.batchId);
  const having = (...wanted: readonly Fate[]) => runs.filter((run) => wanted.includes(fates.get(run) ?? 'mine'));
  return {
    mine: having('mine'),
    linked: having('linked').map(linkOf),
    settled: having('linked', 'verified-here', 'excluded-here').map(linkOf),
    verifiedHere: having('verified-here').length,
  };
}

/** One stage of a batch: what it claims is the run's key of this stage. */
type Claiming = Pick<Batch, 'batchId' | 'sourceId' | 'stage'> & { readonly name: string; readonly revision: string };
const keyIn =
  ({ name, revision }: Claiming) =>
  ({ accession, filesHash }: PlannedRun): string =>
    fetchKeyOf(accession, filesHash, name, revision);

/**
 * The key of a stage before the last one, of runs whose last stage is held already: a stage that is verified anywhere needs no claim. A run
 * whose stage another batch works on is left to that one, and its last stage is let go.
 */
async function claimEarlier(deps: ClaimDeps, batch: Claiming, runs: readonly PlannedRun[], fates: Map<PlannedRun, Fate>): Promise<void> {
  const found = await claimStage(deps, batch, runs);
  for (const run of runs) if ((found.get(run)?.outcome ?? 'held') === 'held') fates.set(run, 'linked');
}

async function claimLast(deps: ClaimDeps, batch: Claiming, runs: readonly PlannedRun[], fates: Map<PlannedRun, Fate>): Promise<void> {
  const found = await claimStage(deps, batch, runs);
  for (const run of runs) fates.set(run, fateOf(found.get(run), batch.batchId));
}

/** A batch leaves out what an earlier attempt of its own found to fail for a reason that would come again. A later batch may try it. */
function fateOf(claimed: ClaimAnswer | undefined, batchId: string): Fate {
  // Still contended: left to whoever holds them; evaluating the source sees the outcome or finds them due again.
  if (claimed === undefined || claimed.outcome === 'held') return 'linked';
  const { outcome, before } = claimed;
  const isOwn = before?.batchId === batchId;
  if (outcome === 'complete') return isOwn ? 'verified-here' : 'linked';
  return isOwn && isLasting(before.reason ?? '') ? 'excluded-here' : 'mine';
}

/** Claims what is free and waits on what is held by a batch in motion. Of what stays contended nothing is answered. */
async function claimStage(deps: ClaimDeps, batch: Claiming, runs: readonly PlannedRun[]): Promise<ReadonlyMap<PlannedRun, ClaimAnswer>> {
  const found = new Map<PlannedRun, ClaimAnswer>();
  const keyOf = keyIn(batch);
  let open = runs;
  // A holder may let go between two calls: then the claim is tried again, and answered with the outcome if one came.
  for (let tries = 0; open.length > 0 && tries < 5; tries += 1) {
    const claimedAt = deps.now().toISOString();
    const answers = await deps.stores.claims.claim(
      open.map((run) => ({ fetchKey: keyOf(run), holder: batch.batchId, waiters: [], claimedAt })),
    );
    const byKey = new Map(answers.map((answer) => [answer.fetchKey, answer]));
    const inMotion = await holdersInMotion(
      deps.stores,
      answers.flatMap((answer) => (answer.outcome === 'held' ? [answer.holder] : [])),
    );
    const again: PlannedRun[] = [];
    for (const run of open) {
      const answer = byKey.get(keyOf(run));
      if (answer === undefined) again.push(run);
      else if (answer.outcome !== 'held') found.set(run, answer);
      else if (!inMotion.has(answer.holder)) {
        // Left behind by a batch that is over.
        await deps.stores.claims.release([keyOf(run)], answer.holder);
        again.push(run);
      } else if (await deps.stores.claims.addWaiter(keyOf(run), batch.sourceId)) found.set(run, answer);
      else again.push(run);
    }
    open = again;
  }
  return found;
}
