import { isLasting } from '../attempts/causes';
import type { Batch } from '../entities';
import type { Outcome } from '../records';
import { fetchKeyOf } from '../ids';
import type { PlannedRun } from '../wire';
import { chunksOf } from './chunks';
import type { Deps } from './deps';
import { holdersInMotion } from './standing-claims';

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
 * Resumable and safe to repeat: a claim that this batch holds counts as taken. A run that is verified already is not claimed again.
 */
export async function claimRuns(deps: ClaimDeps, batch: Batch, runs: readonly PlannedRun[]): Promise<Claimed> {
  const fates = new Map<PlannedRun, Fate>();
  for (let start = 0; start < runs.length; start += CHUNK) {
    const chunk = runs.slice(start, start + CHUNK);
    await claimChunk(deps, { ...batch, name: batch.stage }, chunk, fates);
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

/**
 * The key of a stage before the last one, of runs whose last stage is held already: a stage that is verified anywhere needs no claim. A run
 * whose stage another batch works on is left to that one, and its last stage is let go.
 */
async function claimEarlier(deps: ClaimDeps, batch: Claiming, runs: readonly PlannedRun[], fates: Map<PlannedRun, Fate>): Promise<void> {
  const keyOf = (run: PlannedRun): string => fetchKeyOf(run.accession, run.filesHash, batch.name, batch.revision);
  const outcomes = await deps.stores.outcomes.get(runs.map(keyOf));
  const needed = runs.filter((run) => outcomes.get(keyOf(run))?.result !== 'complete');
  const found = new Map<PlannedRun, Fate>();
  await claimChunk(deps, batch, needed, found);
  // Verified meanwhile counts as verified before.
  const now = await deps.stores.outcomes.get(needed.filter((run) => found.get(run) === 'linked').map(keyOf));
  for (const run of needed) if (found.get(run) === 'linked' && now.get(keyOf(run))?.result !== 'complete') fates.set(run, 'linked');
}

async function claimChunk(deps: ClaimDeps, batch: Claiming, runs: readonly PlannedRun[], fates: Map<PlannedRun, Fate>): Promise<void> {
  const keyOf = (run: PlannedRun): string => fetchKeyOf(run.accession, run.filesHash, batch.name, batch.revision);
  let open = await leaveVerified(deps, batch, runs, keyOf, fates);
  // A holder may let go between the two calls: then the outcome is looked at again, or the claim is tried again.
  for (let tries = 0; open.length > 0 && tries < 5; tries += 1) {
    const claimedAt = deps.now().toISOString();
    const answers = await deps.stores.claims.claim(
      open.map((run) => ({ fetchKey: keyOf(run), accession: run.accession, holder: batch.batchId, waiters: [], claimedAt })),
    );
    const held = new Map(
      answers
        .filter(({ outcome, holder }) => outcome === 'held' && holder !== batch.batchId)
        .map(({ fetchKey, holder }) => [fetchKey, holder]),
    );
    const inMotion = await holdersInMotion(deps.stores, held.values());
    const again: PlannedRun[] = [];
    for (const run of open) {
      const holder = held.get(keyOf(run));
      if (holder === undefined) fates.set(run, 'mine');
      else if (!inMotion.has(holder)) {
        // Left behind by a batch that is over.
        await deps.stores.claims.release([keyOf(run)], holder);
        again.push(run);
      } else if (await deps.stores.claims.addWaiter(keyOf(run), batch.sourceId)) fates.set(run, 'linked');
      else again.push(run);
    }
    open = await leaveVerified(deps, batch, again, keyOf, fates);
  }
  // Still contended: left to whoever holds them; evaluating the source sees the outcome or finds them due again.
  for (const run of open) fates.set(run, 'linked');
}

/** A run that an earlier attempt of this very batch found to fail for a reason that would come again. A later batch may try it. */
const isExcludedHere = (outcome: Outcome | undefined, batch: Claiming): boolean =>
  outcome?.result === 'failed' && outcome.batchId === batch.batchId && isLasting(outcome.reason ?? '');

/** Marks what is verified already, or left out, and returns the rest. */
async function leaveVerified(
  deps: ClaimDeps,
  batch: Claiming,
  runs: readonly PlannedRun[],
  keyOf: (run: PlannedRun) => string,
  fates: Map<PlannedRun, Fate>,
): Promise<readonly PlannedRun[]> {
  if (runs.length === 0) return [];
  const outcomes: ReadonlyMap<string, Outcome> = await deps.stores.outcomes.get(runs.map(keyOf));
  return runs.filter((run) => {
    const outcome = outcomes.get(keyOf(run));
    if (isExcludedHere(outcome, batch)) fates.set(run, 'excluded-here');
    if (outcome?.result !== 'complete') return !fates.has(run);
    fates.set(run, outcome.batchId === batch.batchId ? 'verified-here' : 'linked');
    return false;
  });
}
