import type { Site } from '../../../layers/core/sites/site';
import type { Stores } from '../../../layers/core/ports/stores';
import { admission, AT, batch, event, FREE, LATER, newSourceId } from './samples';

const LATEST = '2026-11-21T10:00:00.000Z';
const site = (name: string, with_: Partial<Site> = {}): Site => ({
  ...{ name, claims: 2, tokenHash: 'ab', createdAt: AT, createdBy: 'ada' },
  ...with_,
});
const OFFER = { cpus: 1, memoryMb: 2, timeMinutes: 3, bytes: 4, pipelines: { fetch: 'a'.repeat(64) } };

export const sitesKeepTheirWord = (stores: () => Stores): void => {
  test('a name is given once, until its site is revoked', async () => {
    await expect(stores().sites.add(site('north', { stages: ['fetch'] }))).resolves.toBe(true);
    await expect(stores().sites.add(site('north', { tokenHash: 'cd' }))).resolves.toBe(false);
    await expect(stores().sites.get('north')).resolves.toEqual(site('north', { stages: ['fetch'] }));
    await stores().sites.note('north', { revokedAt: LATER });
    await expect(stores().sites.add(site('north', { tokenHash: 'cd' }))).resolves.toBe(true);
    await expect(stores().sites.get('north')).resolves.toEqual(site('north', { tokenHash: 'cd' }));
  });

  test('a note leaves the rest, and makes no site', async () => {
    await stores().sites.add(site('south'));
    await expect(stores().sites.note('south', { seenAt: LATER, offer: OFFER })).resolves.toBe(true);
    await expect(stores().sites.get('south')).resolves.toEqual(site('south', { seenAt: LATER, offer: OFFER }));
    await expect(stores().sites.note('nowhere', { seenAt: LATER })).resolves.toBe(false);
    await expect(stores().sites.get('nowhere')).resolves.toBeUndefined();
    const names = (await stores().sites.list()).map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(names).toContain('south');
  });

  test('a lease moves for its holder alone, while it holds and the worker lives', async () => {
    const item = batch(newSourceId(), 1);
    await stores().batches.addPlanned([item]);
    const wanted = admission(item, []);
    const held = { ...wanted.worker, site: 'north', claimNonce: 'n', leaseUntil: LATER };
    await stores().workers.admit({ ...wanted, worker: held });
    const lease = (by: string, now: string, until: string) => stores().workers.lease(held.workerId, by, now, until);
    await expect(lease('south', AT, LATEST)).resolves.toEqual({ outcome: 'conflict', item: held });
    await expect(lease('north', LATER, LATEST)).resolves.toEqual({ outcome: 'conflict', item: held });
    await expect(lease('north', AT, LATEST)).resolves.toEqual({ outcome: 'written', item: { ...held, leaseUntil: LATEST } });
    const free = { ...held, leaseUntil: LATEST };
    await stores().workers.free(free, 'requested', event(item.sourceId, 'worker-gone'), FREE);
    expect((await lease('north', AT, LATEST)).outcome).toBe('conflict');
    await expect(stores().workers.lease('study-PRJEB1.9.9.a1', 'north', AT, LATEST)).resolves.toEqual({ outcome: 'conflict' });
  });
};
