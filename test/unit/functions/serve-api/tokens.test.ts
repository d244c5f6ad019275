import { issueToken, revokeToken } from '../../../../layers/core/tokens/issue';
import { captureLog } from '../../runtime/log';
import { anyText, containing } from '../../matchers';
import { memoryApi, NOW, type Call, type MemoryApi } from './api';

captureLog();
const AT = NOW.toISOString();
let api: MemoryApi;
beforeEach(async () => {
  api = await memoryApi();
});

const add = async (body: object, call: Call = {}): Promise<string> =>
  ((await api.call('POST', '/tokens', { ...call, body })).body as { readonly token: string }).token;
const revoke = (name: string, call: Call = {}) => api.call('POST', `/tokens/${name}/revoke`, { ...call, body: {} });
const status = async (token: string, method = 'GET', path = '/status') => (await api.call(method, path, { token })).status;

describe('adding', () => {
  test('a viewer is made unless told; its token is shown once, looks, and may not act', async () => {
    const answer = await api.call('POST', '/tokens', { body: { name: 'ada' } });
    const issued = { name: 'ada', role: 'viewer', createdAt: AT, createdBy: 'a operator' };
    expect(answer).toEqual({ status: 201, body: { issued, token: anyText() } });
    const { token } = answer.body as { readonly token: string };
    expect(token).toMatch(/^trawl_\w+$/);
    expect(await status(token)).toBe(200);
    expect(await status(token, 'POST', '/sources')).toBe(403);
    const listed = await api.call('GET', '/tokens');
    expect(listed).toEqual({ status: 200, body: { items: [issued] } });
  });
  test('an operator may act, and what it makes bears its name', async () => {
    const token = await add({ name: 'ben', role: 'operator' });
    await add({ name: 'night-report' }, { token });
    expect((await api.call('GET', '/tokens', { token })).body).toMatchObject({
      items: [{ name: 'ben' }, { name: 'night-report', createdBy: 'ben' }],
    });
  });
  test('a name is given once: asked for again it is refused, and the first token stays the only one', async () => {
    const token = await add({ name: 'ada' });
    expect(await api.call('POST', '/tokens', { body: { name: 'ada', role: 'operator' } })).toMatchObject({
      status: 409,
      body: { error: { code: 'token-exists', message: containing('revoke it first') } },
    });
    expect(await status(token)).toBe(200);
    expect((await api.call('GET', '/tokens')).body).toMatchObject({ items: [{ name: 'ada', role: 'viewer' }] });
  });
  test('two requests for one name that come at once make one token', async () => {
    const { stores } = api;
    const deps = { stores, now: () => NOW };
    const wanted = { name: 'ada', role: 'viewer' } as const;
    const made = await Promise.all(['t1', 't2'].map((token) => issueToken(deps, wanted, token, 'x')));
    expect(made.filter((issued) => issued !== undefined)).toHaveLength(1);
    expect([await status('t1'), await status('t2')].toSorted()).toEqual([200, 401]);
  });
  test.each([
    ['no name', {}],
    ['a name that is none', { name: 'Ada!' }],
    ['a role of sites', { name: 'ada', role: 'site' }],
    ['a role that is none', { name: 'ada', role: 'admin' }],
    ['a field too many', { name: 'ada', tokenHash: 'x' }],
  ])('%s is refused', async (_, body) => {
    expect((await api.call('POST', '/tokens', { body })).status).toBe(422);
    expect(await api.stores.tokens.list()).toEqual([]);
  });
});

describe('revoking', () => {
  test('the next request is refused; done again it is answered as it was done', async () => {
    const token = await add({ name: 'ada' });
    const issued = { name: 'ada', role: 'viewer', createdAt: AT, createdBy: 'a operator', revokedAt: AT, revokedBy: 'a operator' };
    expect(await revoke('ada')).toEqual({ status: 200, body: { issued, isOwn: false } });
    expect(await status(token)).toBe(401);
    const other = await add({ name: 'ben', role: 'operator' });
    expect(await revoke('ada', { token: other })).toEqual({ status: 200, body: { issued, isOwn: false } });
    expect((await api.call('GET', '/tokens')).body).toMatchObject({ items: [issued, {}] });
  });
  test('the name may be given again, and the old token stays dead', async () => {
    const old = await add({ name: 'ada' });
    await revoke('ada');
    const token = await add({ name: 'ada', role: 'operator' });
    expect([await status(old), await status(token, 'GET', '/tokens')]).toEqual([401, 200]);
    expect((await api.stores.tokens.list()).map(({ revokedAt }) => revokedAt)).toEqual([undefined]);
  });
  test('whoever revokes the own token is told so', async () => {
    const token = await add({ name: 'ada', role: 'operator' });
    expect((await revoke('ada', { token })).body).toMatchObject({ isOwn: true });
    expect(await status(token)).toBe(401);
  });
  test('a name that was given anew between look and write is revoked all the same', async () => {
    await add({ name: 'ada' });
    const { tokens } = api.stores;
    const before = await tokens.named('ada');
    const next = { name: 'ada', role: 'viewer', tokenHash: 'new', createdAt: AT, createdBy: 'x' } as const;
    const named = jest.spyOn(tokens, 'named').mockResolvedValueOnce(before);
    await tokens.issue(next, before);
    expect(await revokeToken({ stores: api.stores, now: () => NOW }, 'ada', 'y')).toEqual({ ...next, revokedAt: AT, revokedBy: 'y' });
    expect(await tokens.get('new')).toBeUndefined();
    named.mockRestore();
  });
  test.each([
    ['POST', '/tokens', { name: 'first-operator' }, 'take another name'],
    ['POST', '/tokens/first-operator/revoke', {}, 'trawl token rotate-first'],
  ])('%s %s: the first operator’s is refused, and it says what to do', async (method, path, body, said) => {
    expect(await api.call(method, path, { body })).toMatchObject({
      status: 409,
      body: { error: { code: 'first-operator', message: containing(said) } },
    });
  });
  test('a name that nobody has is told', async () => {
    expect(await revoke('nobody')).toMatchObject({ status: 404, body: { error: { code: 'token-unknown' } } });
    expect((await revoke('No!')).status).toBe(422);
  });
});

test('no hash and no token leave the API afterwards', async () => {
  const token = await add({ name: 'ada' });
  const hash = (await api.stores.tokens.named('ada'))?.tokenHash ?? '';
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  for (const { body } of [await api.call('GET', '/tokens'), await revoke('ada'), await api.call('GET', '/tokens')]) {
    expect(JSON.stringify(body)).not.toContain(hash);
    expect(JSON.stringify(body)).not.toContain(token);
  }
});

test.each(['viewer', 'site'] as const)('every route of operators answers a %s 403 and says what is needed', async (role) => {
  const routes = api.routes.filter((route) => route.role === 'operator');
  expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual(
    expect.arrayContaining(['GET /tokens', 'POST /tokens', 'POST /tokens/:name/revoke']),
  );
  for (const { method, path } of routes) {
    const answer = await api.call(method, path.replaceAll(/:\w+/g, 'x'), { role, ...(method === 'GET' ? {} : { body: {} }) });
    expect([method, path, answer]).toMatchObject([
      method,
      path,
      { status: 403, body: { error: { code: 'forbidden', message: 'this needs a token of role operator' } } },
    ]);
  }
});
