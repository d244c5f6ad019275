import type { Source } from '../../../layers/core/entities';
import type { Stores } from '../../../layers/core/ports/stores';
import { AT, event, LATER, newSourceId, source, without } from './samples';

const added = async (stores: Stores, with_: Partial<Source> = {}): Promise<Source> => {
  const item = source(newSourceId(), with_);
  await stores.sources.add(item, event(item.sourceId, 'source-added'));
  return item;
};
const attention = { reason: 'head-node', detail: 'away', step: 'RunJob', at: AT };

export const sourcesAreGuarded = (stores: () => Stores): void => {
  test('a source is kept as it was added, once, and its history begins', async () => {
    const item = await added(stores(), {
      filters: {
        v: 1,
        rules: [
          { rule: 'layout', parameters: { anyOf: ['PAIRED'] } },
          { rule: 'run-bytes', off: true },
        ],
      },
    });
    await expect(stores().sources.get(item.sourceId)).resolves.toEqual(item);
    const again = await stores().sources.add({ ...item, priority: 5 }, event(item.sourceId, 'source-added'));
    expect(again).toEqual({ outcome: 'conflict', item });
    expect((await stores().events.ofSource(item.sourceId)).items).toHaveLength(1);
  });

  test('a change raises the version, removes what is undefined or named, and is written with its event', async () => {
    const item = await added(stores(), { name: 'Gallus', needsAttention: attention, approvalReason: 'too large' });
    const set: Partial<Source> = { phase: 'listing', approvalReason: undefined };
    const changed = await stores().sources.change(item, set, event(item.sourceId, 'listing', LATER), ['needsAttention']);
    const rest = without(item, 'needsAttention', 'approvalReason');
    const expected = { ...rest, phase: 'listing', version: 1 };
    expect(changed).toEqual({ outcome: 'written', item: expected });
    await expect(stores().sources.get(item.sourceId)).resolves.toEqual(expected);
    expect((await stores().events.ofSource(item.sourceId)).items.map(({ type }) => type)).toEqual(['listing', 'source-added']);
  });

  test('of two changes made from one version the second conflicts and writes no event', async () => {
    const item = await added(stores());
    await stores().sources.change(item, { priority: 1 }, event(item.sourceId, 'first'));
    const second = await stores().sources.change(item, { priority: 2 }, event(item.sourceId, 'second'));
    expect(second).toEqual({ outcome: 'conflict', item: { ...item, priority: 1, version: 1 } });
    expect((await stores().events.ofSource(item.sourceId)).items).toHaveLength(2);
  });

  test('a source that is not there cannot be changed, and is not made by it', async () => {
    const item = source(newSourceId());
    await expect(stores().sources.change(item, { priority: 1 }, event(item.sourceId, 'x'))).resolves.toEqual({ outcome: 'conflict' });
    await expect(stores().sources.get(item.sourceId)).resolves.toBeUndefined();
  });

  test('removing is guarded by the version and keeps the history', async () => {
    const item = await added(stores());
    await stores().sources.change(item, { priority: 1 }, event(item.sourceId, 'raised'));
    expect((await stores().sources.remove(item)).outcome).toBe('conflict');
    expect((await stores().sources.remove({ ...item, version: 1 })).outcome).toBe('written');
    await expect(stores().sources.get(item.sourceId)).resolves.toBeUndefined();
    expect((await stores().events.ofSource(item.sourceId)).items).toHaveLength(2);
    expect((await stores().sources.remove({ ...item, version: 1 })).outcome).toBe('conflict');
  });

  test('pages list every source once, by id', async () => {
    const ids = (await Promise.all(Array.from({ length: 5 }, () => added(stores())))).map(({ sourceId }) => sourceId);
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await stores().sources.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      listed.push(...page.items.map(({ sourceId }) => sourceId));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(listed).toEqual([...new Set(listed)].sort());
    expect(listed).toEqual(expect.arrayContaining(ids));
  });

  test.each<{ name: string; with_: Partial<Source>; due: boolean }>([
    { name: 'a source is due at its time', with_: { nextCheckAt: AT }, due: true },
    { name: 'a source is not due before its time', with_: { nextCheckAt: '2026-11-21T08:00:00.001Z' }, due: false },
    { name: 'a source is due at once when asked for', with_: { nextCheckAt: LATER, checkRequested: true }, due: true },
    { name: 'a source whose priority is 0 is not due', with_: { priority: 0, checkRequested: true }, due: false },
    { name: 'a stopped source is not due', with_: { priority: -1, checkRequested: true }, due: false },
    { name: 'a paused source is not due', with_: { paused: true, checkRequested: true }, due: false },
    { name: 'a source whose cycle runs is not due', with_: { cycleRunning: true, checkRequested: true }, due: false },
    { name: 'a source with attention is not due', with_: { needsAttention: attention, checkRequested: true }, due: false },
  ])('$name', async ({ with_, due }) => {
    const fresh = await added(stores(), with_);
    const isDue = async (): Promise<boolean> => (await stores().sources.due(AT, 1000)).some(({ sourceId }) => sourceId === fresh.sourceId);
    await expect(isDue()).resolves.toBe(due);
  });

  test('a source leaves the due ones when its cycle starts and comes back when it ends', async () => {
    const item = await added(stores());
    const isDue = async (): Promise<boolean> => (await stores().sources.due(AT, 1000)).some(({ sourceId }) => sourceId === item.sourceId);
    await stores().sources.change(item, { cycleRunning: true }, event(item.sourceId, 'started'));
    await expect(isDue()).resolves.toBe(false);
    await stores().sources.change({ ...item, cycleRunning: true, version: 1 }, { cycleRunning: false }, event(item.sourceId, 'ended'));
    await expect(isDue()).resolves.toBe(true);
  });

  test('what was asked for comes before what is merely due, and the limit holds', async () => {
    const asked = await added(stores(), { checkRequested: true, nextCheckAt: LATER });
    const found = await stores().sources.due(LATER, 1000);
    const place = found.findIndex(({ sourceId }) => sourceId === asked.sourceId);
    expect(found.slice(0, place + 1).every(({ checkRequested }) => checkRequested)).toBe(true);
    await expect(stores().sources.due(LATER, 1)).resolves.toHaveLength(1);
  });
};
