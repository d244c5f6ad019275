import type { Stores } from '../../../layers/core/ports/stores';
import type { IssuedToken } from '../../../layers/core/tokens/token';
import { AT, LATER } from './samples';

const token = (name: string, with_: Partial<IssuedToken> = {}): IssuedToken => ({
  ...{ name, role: 'viewer', tokenHash: `hash-of-${name}`, createdAt: AT, createdBy: 'ada' },
  ...with_,
});
const revoked = (before: IssuedToken): IssuedToken => ({ ...before, revokedAt: LATER, revokedBy: 'ben' });

export const tokensAreNamedOnce = (stores: () => Stores): void => {
  const opens = async (hash: string): Promise<string | undefined> => (await stores().tokens.get(hash))?.name;

  test('a token is found by its hash', async () => {
    const site = { tokenHash: 'ab12', name: 'north', role: 'site', createdAt: AT } as const;
    await stores().tokens.put(site);
    await expect(stores().tokens.get('ab12')).resolves.toEqual(site);
    await expect(stores().tokens.get('AB12')).resolves.toBeUndefined();
    await expect(stores().tokens.named('north')).resolves.toBeUndefined();
  });

  test('a token that was removed is found no more, and removing it again is no error', async () => {
    await stores().tokens.put({ tokenHash: 'cd34', name: 'north', role: 'site', createdAt: AT });
    await stores().tokens.remove('cd34');
    await stores().tokens.remove('cd34');
    await expect(stores().tokens.get('cd34')).resolves.toBeUndefined();
  });

  test('a name is given once, and what it was given to opens', async () => {
    const first = token('once', { role: 'operator' });
    await expect(stores().tokens.issue(first, undefined)).resolves.toBe(true);
    await expect(stores().tokens.issue(token('once', { tokenHash: 'second' }), undefined)).resolves.toBe(false);
    await expect(stores().tokens.named('once')).resolves.toEqual(first);
    await expect(stores().tokens.get(first.tokenHash)).resolves.toEqual({
      ...{ tokenHash: first.tokenHash, name: 'once', role: 'operator', createdAt: AT },
    });
    await expect(opens('second')).resolves.toBeUndefined();
  });

  test('of ten that want one name at once one gets it, and one token opens', async () => {
    const hashes = Array.from({ length: 10 }, (_, place) => `race-${place}`);
    const given = await Promise.all(hashes.map((tokenHash) => stores().tokens.issue(token('race', { tokenHash }), undefined)));
    expect(given.filter(Boolean)).toHaveLength(1);
    const names = await Promise.all(hashes.map(opens));
    expect(names.filter((name) => name === 'race')).toHaveLength(1);
  });

  test('one that is revoked opens no more and keeps its name, which may then be given again', async () => {
    const first = token('leaked');
    await stores().tokens.issue(first, undefined);
    await expect(stores().tokens.issue(revoked(first), first)).resolves.toBe(true);
    await expect(opens(first.tokenHash)).resolves.toBeUndefined();
    await expect(stores().tokens.named('leaked')).resolves.toEqual(revoked(first));
    await expect(stores().tokens.issue(revoked(first), first)).resolves.toBe(false);
    const second = token('leaked', { tokenHash: 'other' });
    await expect(stores().tokens.issue(second, first)).resolves.toBe(false);
    await expect(stores().tokens.issue(second, revoked(first))).resolves.toBe(true);
    await expect(opens('other')).resolves.toBe('leaked');
  });

  test('one that takes the place of another leaves one that opens; the same one may be put again', async () => {
    const old = token('rotated');
    const next = token('rotated', { tokenHash: 'rotated-2' });
    await stores().tokens.issue(old, undefined);
    await expect(stores().tokens.issue(next, old)).resolves.toBe(true);
    await expect(stores().tokens.issue(next, old)).resolves.toBe(false);
    await expect(stores().tokens.issue(next, next)).resolves.toBe(true);
    await expect(opens(old.tokenHash)).resolves.toBeUndefined();
    await expect(opens('rotated-2')).resolves.toBe('rotated');
  });

  test('all that have a name are listed by it', async () => {
    for (const name of ['zoe', 'abe']) await stores().tokens.issue(token(name), undefined);
    const names = (await stores().tokens.list()).map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(names).toEqual(expect.arrayContaining(['abe', 'zoe']));
  });
};
