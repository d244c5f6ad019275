import { operationIdOf, type Operation } from '../../../layers/core/operation';
import type { Stores } from '../../../layers/core/ports/stores';
import { AT, LATER } from './samples';

let used = 0;
/** Each a second younger than the one before. */
const operation = (with_: Partial<Operation> = {}): Operation => {
  const startedAt = new Date(Date.parse(AT) + (used += 1) * 1000);
  const operationId = operationIdOf('add-sources', startedAt, `n${used}`);
  return { operationId, kind: 'add-sources', status: 'running', actor: 'test', startedAt: startedAt.toISOString(), ...with_ };
};

export const operationsAreListedByAge = (stores: () => Stores): void => {
  const added = async (with_: Partial<Operation> = {}): Promise<Operation> => {
    const item = operation(with_);
    await stores().operations.add(item);
    return item;
  };
  const runningIds = async () => (await stores().operations.running(1000)).map(({ operationId }) => operationId);

  test('an operation is kept as it was added, once', async () => {
    const item = await added({ request: { ids: ['taxon:562'], settings: { priority: 3 } }, detail: '1 source' });
    await expect(stores().operations.get(item.operationId)).resolves.toEqual(item);
    await expect(stores().operations.add({ ...item, actor: 'another' })).resolves.toEqual({ outcome: 'conflict', item });
    await expect(stores().operations.get(operation().operationId)).resolves.toBeUndefined();
  });

  test('it ends once, and what came of it first stands', async () => {
    const item = await added();
    await stores().operations.change(item.operationId, { from: 'running', set: { progress: { done: 1, total: 2 } } });
    const set: Partial<Operation> = { status: 'done', endedAt: LATER, result: { sources: [{ id: 'taxon:562' }] } };
    const expected = { ...item, progress: { done: 1, total: 2 }, ...set };
    await expect(stores().operations.change(item.operationId, { from: 'running', set })).resolves.toEqual({
      outcome: 'written',
      item: expected,
    });
    const late = await stores().operations.change(item.operationId, { from: 'running', set: { status: 'failed' } });
    expect(late).toEqual({ outcome: 'conflict', item: expected });
    await expect(stores().operations.get(item.operationId)).resolves.toEqual(expected);
  });

  test('one that is not there is not made by changing it', async () => {
    const { operationId } = operation();
    await expect(stores().operations.change(operationId, { from: 'running', set: { detail: 'x' } })).resolves.toEqual({
      outcome: 'conflict',
    });
    await expect(stores().operations.get(operationId)).resolves.toBeUndefined();
  });

  test('running ones are found, oldest first, until they end', async () => {
    const [one, two] = [await added(), await added()];
    const ids = [one.operationId, two.operationId];
    expect((await runningIds()).filter((id) => ids.includes(id))).toEqual(ids);
    await stores().operations.change(one.operationId, { from: 'running', set: { status: 'failed', detail: 'why' } });
    const left = await runningIds();
    expect(left).toContain(two.operationId);
    expect(left).not.toContain(one.operationId);
  });

  test('pages list every one once, newest first', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 5; at += 1) ids.unshift((await added()).operationId);
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await stores().operations.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      listed.push(...page.items.map(({ operationId }) => operationId));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(listed.slice(0, 5)).toEqual(ids);
    expect(listed).toEqual([...new Set(listed)].sort().reverse());
  });
};
