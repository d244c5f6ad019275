import type { Batch } from '../../../layers/core/entities';
import type { Stores } from '../../../layers/core/ports/stores';
import { AT, batch, event, LATER, newSourceId } from './samples';

const dispatch = (of: Batch, set: Partial<Batch> = {}) =>
  ({ from: 'planned', set: { status: 'dispatched', ...set }, event: event(of.sourceId, 'batch-dispatched') }) as const;

export const batchesKeepTheirOrder = (stores: () => Stores): void => {
  test('planned batches are put once; a repeat leaves one that has moved on as it is', async () => {
    const sourceId = newSourceId();
    const planned = [1, 2, 10].map((index) => batch(sourceId, index));
    await stores().batches.addPlanned(planned);
    const [first] = planned;
    if (first === undefined) throw new Error('no batch');
    await stores().batches.change(first.batchId, dispatch(first));
    await stores().batches.addPlanned(planned);
    const found = await stores().batches.ofSource(sourceId);
    expect(found.map(({ index, status }) => `${index} ${status}`)).toEqual(['1 dispatched', '2 planned', '10 planned']);
  });

  test('a source and one of its cycles are read apart from others', async () => {
    const sourceId = newSourceId();
    await stores().batches.addPlanned([batch(sourceId, 1), batch(sourceId, 1, { cycle: 2 }), batch(`${sourceId}0`, 1)]);
    expect((await stores().batches.ofSource(sourceId)).map(({ cycle }) => cycle)).toEqual([1, 2]);
    expect((await stores().batches.ofSource(sourceId, 2)).map(({ batchId }) => batchId)).toEqual([
      batch(sourceId, 1, { cycle: 2 }).batchId,
    ]);
  });

  test('a status lists by pool, then higher priority, then age, then place in the plan', async () => {
    const sourceId = newSourceId();
    const planned = [
      batch(sourceId, 1, { createdAt: LATER, priority: 3 }),
      batch(sourceId, 10, { priority: 3 }),
      batch(sourceId, 2, { priority: 3 }),
      batch(sourceId, 4, { priority: -1 }),
      batch(sourceId, 5, { pool: 'manual' }),
    ];
    await stores().batches.addPlanned(planned);
    const found = (await stores().batches.withStatus('planned', 1000)).filter((item) => item.sourceId === sourceId);
    expect(found.map(({ index }) => index)).toEqual([5, 2, 10, 1, 4]);
    await expect(stores().batches.withStatus('planned', 2)).resolves.toHaveLength(2);
  });

  test('a change is applied along its transition alone, moves the batch between the statuses and writes history', async () => {
    const item = batch(newSourceId(), 1, { notBefore: AT });
    await stores().batches.addPlanned([item]);
    const set: Partial<Batch> = { attempt: 1, attempts: [{ attempt: 1, cause: 'none', detail: '', endedAt: AT }], notBefore: undefined };
    const changed = await stores().batches.change(item.batchId, dispatch(item, set));
    const expected = { ...batch(item.sourceId, 1), status: 'dispatched', attempt: 1, attempts: set.attempts };
    expect(changed).toEqual({ outcome: 'written', item: expected });
    await expect(stores().batches.get(item.batchId)).resolves.toEqual(expected);
    expect((await stores().batches.withStatus('dispatched', 1000)).some(({ batchId }) => batchId === item.batchId)).toBe(true);
    expect((await stores().batches.withStatus('planned', 1000)).some(({ batchId }) => batchId === item.batchId)).toBe(false);
    const repeat = await stores().batches.change(item.batchId, dispatch(item));
    expect(repeat).toEqual({ outcome: 'conflict', item: expected });
    expect((await stores().events.ofSource(item.sourceId)).items).toHaveLength(1);
  });

  test.each<{ name: string; where: Partial<Batch>; outcome: string }>([
    { name: 'an equality that holds lets it through', where: { attempt: 0, cancelRequested: false }, outcome: 'written' },
    { name: 'an equality that fails stops it', where: { attempt: 0, cancelRequested: true }, outcome: 'conflict' },
    { name: 'undefined asks for an absent attribute', where: { notBefore: undefined }, outcome: 'written' },
    { name: 'an absent attribute equals nothing', where: { notBefore: AT }, outcome: 'conflict' },
    { name: 'lists are compared whole', where: { providers: ['slurm'] }, outcome: 'written' },
    { name: 'another list is another value', where: { providers: ['slurm', 'droplet'] }, outcome: 'conflict' },
  ])('besides the status: $name', async ({ where, outcome }) => {
    const item = batch(newSourceId(), 1);
    await stores().batches.addPlanned([item]);
    const result = await stores().batches.change(item.batchId, { ...dispatch(item), where });
    expect(result.outcome).toBe(outcome);
  });

  test('of twenty that change one batch at once exactly one succeeds', async () => {
    const item = batch(newSourceId(), 1);
    await stores().batches.addPlanned([item]);
    const results = await Promise.all(Array.from({ length: 20 }, () => stores().batches.change(item.batchId, dispatch(item))));
    expect(results.filter(({ outcome }) => outcome === 'written')).toHaveLength(1);
    expect((await stores().events.ofSource(item.sourceId)).items).toHaveLength(1);
  });

  test('a batch that is not there cannot be changed', async () => {
    const item = batch(newSourceId(), 1);
    await expect(stores().batches.change(item.batchId, dispatch(item))).resolves.toEqual({ outcome: 'conflict' });
    await expect(stores().batches.get(item.batchId)).resolves.toBeUndefined();
  });
};
