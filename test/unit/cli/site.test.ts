import { containing } from '../matchers';
import { startInstallation, trawl, type Installation } from './installation';

let installation: Installation;
beforeAll(async () => {
  installation = await startInstallation();
  process.env['TRAWL_URL'] = installation.url;
  process.env['TRAWL_TOKEN'] = 'operator-token';
});
afterAll(() => installation.close());

test('a site is added with a token that is shown once, listed without it, and revoked for good', async () => {
  const added = await trawl('site', 'add', 'north', '--claims', '3', '--stage', 'fetch');
  expect(added).toMatchObject({ code: 0, stdout: containing('site   north, up to 3 at once') });
  const [, token = ''] = /token {2}(trawl_\w+)/.exec(added.stdout) ?? [];
  const site = await installation.api.stores.sites.get('north');
  expect(site).toMatchObject({ claims: 3, stages: ['fetch'], createdBy: 'ada' });
  expect(JSON.stringify(site)).not.toContain(token);
  expect(await installation.api.stores.tokens.get(site?.tokenHash ?? '')).toMatchObject({ role: 'site', name: 'north' });
  const listed = await trawl('site', 'list');
  expect(listed).toMatchObject({ code: 0, stdout: containing('may claim') });
  expect(listed.stdout).not.toContain(token);
  expect((await trawl('site', 'list', '--json')).stdout).not.toContain(site?.tokenHash);
  expect(await trawl('site', 'add', 'north')).toMatchObject({ code: 1, stderr: containing('there is a site north already') });
  expect(await trawl('site', 'revoke', 'north')).toMatchObject({ code: 0, stdout: containing('its token is dead; it holds nothing') });
  expect(await installation.api.stores.tokens.get(site?.tokenHash ?? '')).toBeUndefined();
  expect((await trawl('site', 'add', 'north', '--json')).stdout).toContain('"token"');
});

test('a name that is none, and a site that is none, are told', async () => {
  expect(await trawl('site', 'add', 'North!')).toMatchObject({
    code: 2,
    stderr: containing('"North!" is no name of a site: small letters'),
  });
  expect(await trawl('site', 'revoke', 'nobody')).toMatchObject({ code: 1, stderr: containing('there is no site nobody (404)') });
});
