import type { Stores } from '../../../layers/core/ports/stores';
import { AT, event, LATER, newSourceId } from './samples';

let used = 0;
const fresh = (name: string): string => `${name}-${(used += 1)}/started`;

export const smallStoresKeepTheirWord = (stores: () => Stores): void => {
  test('history is read newest first, page by page, in the order of writing within a millisecond', async () => {
    const sourceId = newSourceId();
    for (const type of ['a', 'b', 'c']) await stores().events.append(event(sourceId, type));
    await stores().events.append(event(sourceId, 'last', LATER));
    const first = await stores().events.ofSource(sourceId, { limit: 3 });
    const second = await stores().events.ofSource(sourceId, { limit: 3, ...(first.cursor === undefined ? {} : { cursor: first.cursor }) });
    expect([...first.items, ...second.items].map(({ type }) => type)).toEqual(['last', 'c', 'b', 'a']);
    expect(first.items).toHaveLength(3);
  });

  test.each([{ order: ['token', 'fact'] }, { order: ['fact', 'token'] }])(
    'a wait shows both to whoever comes second: $order',
    async ({ order }) => {
      const waitId = fresh('wait');
      const fact = { outcome: 'started', at: { host: 'n1' } };
      const write = { token: () => stores().waits.arrive(waitId, 't1'), fact: () => stores().waits.settle(waitId, fact) };
      for (const half of order.slice(0, 1)) await write[half as 'token' | 'fact']();
      const whole = await write[order[1] as 'token' | 'fact']();
      expect(whole).toEqual({ waitId, token: 't1', fact });
      await expect(stores().waits.get(waitId)).resolves.toEqual(whole);
    },
  );

  test('the first fact stands, the newest token stands, and a new token is not answered yet', async () => {
    const waitId = fresh('wait');
    await stores().waits.settle(waitId, { outcome: 'first' });
    await expect(stores().waits.settle(waitId, { outcome: 'second' })).resolves.toMatchObject({ fact: { outcome: 'first' } });
    await stores().waits.arrive(waitId, 't1');
    await stores().waits.markAnswered(waitId, AT);
    await expect(stores().waits.get(waitId)).resolves.toMatchObject({ token: 't1', answeredAt: AT });
    await expect(stores().waits.arrive(waitId, 't2')).resolves.toEqual({ waitId, token: 't2', fact: { outcome: 'first' } });
  });

  test('token and fact that arrive at the same moment are both seen by at least one of them', async () => {
    const waits = Array.from({ length: 10 }, () => fresh('race'));
    const results = await Promise.all(
      waits.map((waitId) => Promise.all([stores().waits.arrive(waitId, 't'), stores().waits.settle(waitId, { outcome: 'x' })])),
    );
    for (const pair of results) expect(pair.some(({ token, fact }) => token !== undefined && fact !== undefined)).toBe(true);
  });

  test('a wait that nobody entered is absent and is not made by marking it', async () => {
    const waitId = fresh('none');
    await stores().waits.markAnswered(waitId, AT);
    await expect(stores().waits.get(waitId)).resolves.toBeUndefined();
  });

  test('the last report of the reaper is kept, and what is to be left alone by name', async () => {
    const { report, putReport, keep, keeps, unkeep } = stores().reaps;
    const mark = {
      subject: 'machine/droplet/7',
      kind: 'orphan-machine',
      place: 'provider/droplet',
      detail: 'x',
      since: AT,
      looks: 2,
    } as const;
    const empty = { listed: [], acted: [], recovered: [], errors: [], leftOut: 0 };
    await putReport({ id: 'one', at: AT, marks: [mark], ...empty });
    await putReport({ id: 'two', at: LATER, marks: [{ ...mark, keptBy: 'tag' }], ...empty });
    await expect(report()).resolves.toEqual({ id: 'two', at: LATER, marks: [{ ...mark, keptBy: 'tag' }], ...empty });
    const name = fresh('keep');
    await keep({ name, by: 'ana', at: AT });
    await keep({ name, by: 'ben', at: LATER, reason: 'looked at' });
    expect((await keeps()).filter((one) => one.name === name)).toEqual([{ name, by: 'ben', at: LATER, reason: 'looked at' }]);
    await expect(unkeep(name)).resolves.toBe(true);
    await expect(unkeep(name)).resolves.toBe(false);
    expect((await keeps()).some((one) => one.name === name)).toBe(false);
  });

  test('a lease is held by one until it expires or is released by its holder', async () => {
    const { take, release } = stores().leases;
    const name = fresh('lease');
    await expect(take(name, 'one', AT, LATER)).resolves.toBe(true);
    await expect(take(name, 'one', AT, LATER)).resolves.toBe(true);
    await expect(take(name, 'two', '2026-11-21T08:59:59.999Z', LATER)).resolves.toBe(false);
    await release(name, 'two');
    await expect(take(name, 'two', AT, LATER)).resolves.toBe(false);
    await expect(take(name, 'two', LATER, '2026-11-21T10:00:00.000Z')).resolves.toBe(true);
    await release(name, 'two');
    await expect(take(name, 'three', LATER, '2026-11-21T10:00:00.000Z')).resolves.toBe(true);
  });

  test('a breaker is written by one version after the other, and told by provider and place', async () => {
    const { get, list, put } = stores().breakers;
    const breaker = { provider: 'droplet', place: fresh('image/region'), failures: [{ workerId: 'w', at: AT, cause: 'x' }], version: 1 };
    await expect(get(breaker.provider, breaker.place)).resolves.toBeUndefined();
    const puts = await Promise.all([1, 2, 3].map(() => put(breaker)));
    expect(puts.filter((outcome) => outcome === 'written')).toHaveLength(1);
    const opened = { ...breaker, openUntil: LATER, trial: { workerId: 'w', until: LATER }, version: 2 };
    await expect(put({ ...opened, version: 3 })).resolves.toBe('conflict');
    await expect(put(opened)).resolves.toBe('written');
    await expect(get(breaker.provider, breaker.place)).resolves.toEqual(opened);
    await expect(put({ ...breaker, version: 3 })).resolves.toBe('written');
    expect(await list()).toContainEqual({ ...breaker, version: 3 });
  });

  test('of twenty that reach for a lease at once one takes it', async () => {
    const name = fresh('lease');
    const taken = await Promise.all(Array.from({ length: 20 }, (_, place) => stores().leases.take(name, `holder-${place}`, AT, LATER)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });
};
