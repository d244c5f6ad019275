import { ContendedError } from '../../core/errors';
import type { OutcomeStore } from '../../core/ports/stores';
import type { Outcome } from '../../core/records';
import { BEFORE, CLAIM_PARTS, knownAll, knownOf, OUTCOME_PARTS, partsOf, type FetchEntity } from './fetch';
import { eachBounded, stored } from './parsed';

/** Writes all of an outcome where none is *complete*, with the parts that go. @param free whether a claim of anybody else refuses it */
const putOne = (entity: FetchEntity, { fetchKey, ...outcome }: Outcome, free: boolean) => {
  const set = stored(outcome);
  const gone = [...OUTCOME_PARTS.filter((part) => set[part] === undefined), ...(free ? CLAIM_PARTS : [])];
  const chain = entity.update({ fetchKey }).set(set);
  return (gone.length === 0 ? chain : chain.remove(gone))
    .where((run, { eq, ne, notExists }) => {
      const open = `(${notExists(run.result)} OR ${ne(run.result, 'complete')})`;
      return free ? `${open} AND (${notExists(run.holder)} OR ${eq(run.holder, outcome.batchId)})` : open;
    })
    .go(BEFORE);
};

const dropClaim = (entity: FetchEntity, { fetchKey, batchId }: Outcome) =>
  entity
    .update({ fetchKey })
    .remove([...CLAIM_PARTS])
    .where((run, { eq }) => eq(run.holder, batchId))
    .go(BEFORE);

/** *complete* ends the claim of its own batch in the same write; somebody else's stands, and ends with its own batch. @returns who waited */
const complete = async (entity: FetchEntity, outcome: Outcome): Promise<readonly string[]> => {
  const { rejected, data } = await putOne(entity, outcome, true);
  const { claim, outcome: before } = knownOf(data);
  if (!rejected) return claim?.waiters ?? [];
  if (before?.result !== 'complete') {
    await putOne(entity, outcome, false);
    return [];
  }
  // Somebody else completed it while this batch held it.
  return claim?.holder === outcome.batchId ? (knownOf((await dropClaim(entity, outcome)).data).claim?.waiters ?? []) : [];
};

/** A claim may come or go between the two writes: then the first one is right again. */
const FORGET_TRIES = 5;

/** The whole item, or, where somebody holds a claim in it, the outcome alone. @throws ContendedError when claims came and went each time */
async function forget(entity: FetchEntity, fetchKey: string): Promise<void> {
  for (let tries = 0; tries < FORGET_TRIES; tries += 1) {
    const whole = entity.delete({ fetchKey }).where((run, { notExists }) => notExists(run.holder));
    if (!(await whole.go(BEFORE)).rejected) return;
    const outcome = entity.update({ fetchKey }).remove([...OUTCOME_PARTS]);
    if (!(await outcome.where((run, { exists }) => exists(run.holder)).go(BEFORE)).rejected) return;
  }
  throw new ContendedError(fetchKey);
}

export const dynamoOutcomes = (entity: FetchEntity): OutcomeStore => ({
  get: async (fetchKeys, { mayLag } = {}) => partsOf(await knownAll(entity, fetchKeys, mayLag), 'outcome'),
  known: (fetchKeys) => knownAll(entity, fetchKeys),
  put: async (outcomes) => {
    const waiters = await eachBounded(outcomes, async (outcome) => {
      if (outcome.result === 'complete') return complete(entity, outcome);
      await putOne(entity, outcome, false);
      return [];
    });
    return [...new Set(waiters.flat())].sort();
  },
  remove: async (fetchKeys) => {
    await eachBounded(fetchKeys, (fetchKey) => forget(entity, fetchKey));
  },
});
