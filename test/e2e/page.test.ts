import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../world/browser/chromium';
import { cliJson } from './support/cli';
import { installationFor, KINDS } from './support/installation';
import { WAIT_SECONDS } from './support/observe';

const SOURCE = 'study:PRJEB28810';

describe.each(KINDS)('the status page of the stack on %s', (kind) => {
  const standing = installationFor(kind, { name: 'page' });
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
    const answer = await page.goto(standing().access.url);
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
    await page.getByText('None is followed yet').waitFor();
  });
  test(
    'a source that is added appears, works and ends complete under the eyes of the one who watches',
    async () => {
      await cliJson(standing(), 'add', SOURCE);
      const row = page.getByRole('row').filter({ hasText: SOURCE });
      await row.waitFor();
      await page.getByRole('table', { name: 'Workers' }).waitFor();
      await row.locator('.word', { hasText: /^complete$/ }).waitFor();
      await page.getByText('No work is open.').waitFor();
    },
    WAIT_SECONDS * 1_000,
  );
  test('no policy was broken and no script failed', () => {
    expect(complaints).toEqual([]);
  });
});
