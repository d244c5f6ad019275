import { INTERVAL, openPage } from './open-page';

const opened = openPage();
const kept = () =>
  opened.page.evaluate(() => ({ session: Object.values(sessionStorage) as string[], local: localStorage.length, cookie: document.cookie }));

describe('signing in', () => {
  test('without a token there is nothing to see and nothing is asked', async () => {
    await opened.page.getByLabel('Token').waitFor();
    expect(opened.server.asked()).toBe(0);
    expect(await opened.page.locator('table').count()).toBe(0);
  });
  test.each(['wrong', 'wrong with spaces', 'schlüssel'])('a wrong token is told and not kept: %s', async (token) => {
    await opened.signIn(token);
    await opened.page.getByRole('alert').filter({ hasText: 'does not know this token' }).waitFor();
    expect(await kept()).toMatchObject({ session: [] });
  });
  test('a token of a site may not look, and that is told', async () => {
    await opened.signIn('site-token');
    await opened.page.getByRole('alert').filter({ hasText: 'needs the role viewer' }).waitFor();
  });
  test('an API that is away is not a wrong token', async () => {
    opened.server.behave('gone');
    await opened.signIn();
    await opened.page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();
  });
  test('a token is kept in the tab alone, over a reload, until signing out', async () => {
    await opened.signIn();
    await opened.page.getByText('Heard').waitFor();
    expect(await kept()).toEqual({ session: ['viewer-token'], local: 0, cookie: '' });
    expect(opened.page.url()).toBe(`${opened.server.url}/`);
    await opened.page.reload();
    await opened.page.getByText('Heard').waitFor();
    await opened.page.getByRole('button', { name: 'Sign out' }).click();
    await opened.page.getByLabel('Token').waitFor();
    expect(await kept()).toEqual({ session: [], local: 0, cookie: '' });
    await opened.page.reload();
    await opened.page.getByLabel('Token').waitFor();
  });
  test('a token that is no longer good leads back to the form', async () => {
    await opened.signIn();
    await opened.page.getByText('Heard').waitFor();
    opened.server.behave('forgot-tokens');
    await opened.page.clock.fastForward(INTERVAL);
    await opened.page.getByRole('alert').filter({ hasText: 'does not know this token' }).waitFor();
    expect(await kept()).toMatchObject({ session: [] });
  });
  test('it works at its address without the slash, too', async () => {
    await opened.page.context().close();
    await opened.goto('');
    await opened.signIn();
    await opened.page.getByText('Heard').waitFor();
  });
});
