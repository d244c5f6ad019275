import { containing } from '../matchers';
import { installationForEach, trawl } from './installation';

const installation = installationForEach();

test('a token is added, shown once, listed without it, and revoked', async () => {
  expect((await trawl('token', 'list')).stdout).toContain('"trawl token add <name>" makes one');
  const added = await trawl('token', 'add', 'night-report');
  expect(added).toMatchObject({ code: 0, stdout: containing('name   night-report, viewer') });
  const [, token = ''] = /token {2}(trawl_\w+)/.exec(added.stdout) ?? [];
  const { tokens } = installation().api.stores;
  const hash = (await tokens.named('night-report'))?.tokenHash ?? '';
  expect(await tokens.get(hash)).toMatchObject({ role: 'viewer', name: 'night-report' });
  for (const listed of [await trawl('token', 'list'), await trawl('token', 'list', '--json')]) {
    expect(listed).toMatchObject({ code: 0, stdout: containing('night-report') });
    expect(listed.stdout).not.toContain(token);
    expect(listed.stdout).not.toContain(hash);
  }
  expect((await trawl('token', 'list')).stdout).toMatch(/night-report +viewer +opens +\S+Z +ada/);
  expect(await trawl('token', 'revoke', 'night-report', '--yes')).toMatchObject({ code: 0, stdout: containing('night-report: revoked ') });
  expect(await tokens.get(hash)).toBeUndefined();
  expect((await trawl('token', 'list')).stdout).toMatch(/night-report +viewer +revoked \S+Z by ada/);
});

test('as JSON: the token with who it is for, and what was revoked', async () => {
  expect(JSON.parse((await trawl('token', 'add', 'ben', '--role', 'operator', '--json')).stdout)).toMatchObject({
    issued: { name: 'ben', role: 'operator', createdBy: 'ada' },
    token: containing('trawl_'),
  });
  expect(JSON.parse((await trawl('token', 'revoke', 'ben', '--yes', '--json')).stdout)).toMatchObject({
    issued: { name: 'ben', revokedBy: 'ada' },
    isOwn: false,
  });
});

test('nothing is revoked where nobody says yes', async () => {
  await trawl('token', 'add', 'ben');
  expect(await trawl('token', 'revoke', 'ben')).toMatchObject({ code: 2, stdout: '', stderr: containing('repeat the command with --yes') });
  expect(installation().requests).toEqual(['POST /tokens']);
});

test('whoever revokes the token of this CLI is told that it needs another', async () => {
  await trawl('token', 'add', 'ada', '--role', 'operator');
  expect((await trawl('token', 'revoke', 'ada', '--yes')).stdout).toContain('"trawl init" shows the first operator’s');
});

test.each([
  ['a name in use', ['add', 'ben'], 1, 'there is a token ben already; revoke it first'],
  ['a name that nobody has', ['revoke', 'nobody', '--yes'], 1, 'there is no token nobody (404)\n  → see "trawl token list"'],
  ['the first operator’s', ['revoke', 'first-operator', '--yes'], 1, '"trawl token rotate-first --installation NAME"'],
  ['a name that is none', ['add', 'Ben!'], 2, '"Ben!" is no name of a token: small letters'],
  ['a role that is none', ['add', 'eve', '--role', 'site'], 2, 'Allowed choices are viewer, operator'],
  ['no installation', ['rotate-first'], 2, 'option --installation <name> is needed'],
])('%s is told', async (_, args, code, said) => {
  await trawl('token', 'add', 'ben');
  expect(await trawl('token', ...args)).toMatchObject({ code, stdout: '', stderr: containing(said) });
});

test.each([['list'], ['add', 'eve'], ['revoke', 'ben', '--yes']])('token %s: a viewer is told what is needed', async (...args) => {
  process.env['TRAWL_TOKEN'] = 'viewer-token';
  const { code, stderr } = await trawl('token', ...args);
  expect(code).toBe(4);
  expect(stderr).toContain('this needs a token of role operator (403)\n  → this token may look but not act');
});
