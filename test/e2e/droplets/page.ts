import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../../world/browser/chromium';
import type { Installation } from '../../world/installation/installation';
import type { WatchedSource } from '../faults/watched-source';
import { cliJson } from '../support/cli';
import { WAIT_SECONDS } from '../support/observe';

/** The status page of the deployed stack, in a real browser the size of a phone, in the dark. */
export function pageStory(standing: () => Installation, source: () => WatchedSource): void {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await startBrowser();
    page = await browser.newPage({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.setDefaultTimeout(WAIT_SECONDS * 1_000);
  });
  afterAll(() => browser.close());
  const signIn = async (token: string): Promise<void> => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  test('it is served without a token, and keeps to itself', async () => {
    const answer = await page.goto(`${standing().access.url}/`);
    expect(answer?.status()).toBe(200);
    expect(answer?.headers()).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(/default-src 'none'; script-src 'sha256-/) as unknown,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    await page.getByLabel('Token').waitFor();
  });
  test('a wrong token is told', async () => {
    await signIn('wrong');
    await page.getByRole('alert').filter({ hasText: 'does not know this token' }).waitFor();
  });
  test('the right one shows the installation', async () => {
    await signIn(standing().access.token);
    await page.getByRole('heading', { name: standing().name }).waitFor();
  });
  test('a source that is added appears, works and ends complete under the eyes of the one who watches', async () => {
    await cliJson(standing(), 'add', source().sourceId, '--provider', 'droplet');
    const row = page.getByRole('row').filter({ hasText: source().sourceId });
    await row.waitFor();
    await page.getByRole('table', { name: 'Workers' }).waitFor();
    await row.locator('.word', { hasText: /^complete$/ }).waitFor();
    await page.getByText('No work is open.').waitFor();
  });
  test('no policy was broken and no script failed', () => {
    expect(complaints).toEqual([]);
  });
}
