/** A rotation of the first operator's token: wherever it is ended, the one that leaked opens nothing once it is repeated. */
import { rotateFirstOperator, type FirstOperatorPlaces } from '../../../cli/first-operator';
import { memoryStores } from '../../../layers/adapters/fakes/stores';
import { tokenHashOf } from '../../../layers/core/callbacks/keys';
import { settleFirstOperator } from '../../../layers/core/tokens/issue';

const OLD = 'trawl_old';
const AT = new Date('2026-11-21T10:00:00.000Z');

function installation() {
  const stores = memoryStores();
  let value: string | undefined = OLD;
  let made = 0;
  let minutes = 0;
  const parameter: FirstOperatorPlaces['parameter'] = { read: async () => value, write: async (text) => void (value = text) };
  const places = { parameter, stores, now: () => new Date(AT.getTime() + (minutes += 1) * 60_000) };
  return {
    ...{ stores, places, kept: () => value, keep: (text: string | undefined) => void (value = text) },
    /** What `trawl init` does to the token. */
    init: () => settleFirstOperator(places, async () => value ?? ''),
    rotate: (more: Partial<typeof parameter> = {}) =>
      rotateFirstOperator({ ...places, parameter: { ...parameter, ...more } }, () => `trawl_new${(made += 1)}`),
    opens: async (token: string) => (await stores.tokens.get(tokenHashOf(token)))?.role === 'operator',
  };
}

/** As a version wrote it that gave tokens no names. */
async function before(): Promise<ReturnType<typeof installation>> {
  const made = installation();
  const tokenHash = tokenHashOf(OLD);
  await made.stores.tokens.put({ tokenHash, name: 'first-operator', role: 'operator', createdAt: AT.toISOString() });
  return made;
}

test('init gives the token of an older version its name, and repeated changes nothing', async () => {
  const { stores, init, opens } = await before();
  expect(await init()).toBe(OLD);
  const listed = await stores.tokens.list();
  expect(listed).toMatchObject([{ name: 'first-operator', role: 'operator', createdBy: 'trawl init' }]);
  await init();
  expect(await stores.tokens.list()).toEqual(listed);
  expect(await opens(OLD)).toBe(true);
});

test.each([
  ['of an older version', false],
  ['with a name', true],
])('a token %s is replaced: the new one opens, the old one is dead, and init brings it not back', async (_, isNamed) => {
  const { init, rotate, opens, kept } = await before();
  if (isNamed) await init();
  const token = await rotate();
  expect(token).toBe(kept());
  expect([await opens(OLD), await opens(token)]).toEqual([false, true]);
  expect(await init()).toBe(token);
  expect([await opens(OLD), await opens(token)]).toEqual([false, true]);
});

describe.each([
  ['before SSM was written', 0],
  ['after SSM was written', 1],
] as const)('ended %s', (_, writes) => {
  test.each(['rotate', 'init'] as const)('%s ends it, and one token opens', async (again) => {
    const made = await before();
    const { rotate, opens, keep, kept } = made;
    const ended = async (text: string): Promise<void> => {
      if (writes === 1) keep(text);
      throw new Error('ended');
    };
    await expect(rotate({ write: ended })).rejects.toThrow('ended');
    expect(await opens(OLD)).toBe(true);
    const token = await made[again]();
    expect(token).toBe(kept());
    expect(await opens(token)).toBe(true);
    expect(await opens(OLD)).toBe(token === OLD);
    if (writes === 1) expect(token).not.toBe(OLD);
  });
});

test('an init that has read the old token is not the last word', async () => {
  const { places, rotate, opens, kept } = await before();
  let isFirst = true;
  const token = await settleFirstOperator(places, async () => {
    const read = kept() ?? '';
    if (isFirst) {
      isFirst = false;
      await rotate();
    }
    return read;
  });
  expect(token).toBe('trawl_new1');
  expect([await opens(OLD), await opens(token)]).toEqual([false, true]);
});

test('two rotations at once end with one token, which SSM has', async () => {
  const { rotate, opens, kept } = await before();
  await Promise.all([rotate(), rotate()]);
  const each = await Promise.all([OLD, 'trawl_new1', 'trawl_new2'].map(async (token) => [token, await opens(token)]));
  expect(each).toEqual([OLD, 'trawl_new1', 'trawl_new2'].map((token) => [token, token === kept()]));
});

test('SSM that answers with the old token, and none at all, are told', async () => {
  const { rotate, keep } = await before();
  await expect(rotate({ read: async () => OLD })).rejects.toThrow('the old token, which still opens');
  keep(undefined);
  await expect(rotate()).rejects.toThrow('there is no token of a first operator yet');
});
