import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { startBrowser } from '../../world/browser/chromium';
import { captureLog } from '../../unit/runtime/log';
import { faintTexts } from './contrast';
import { fillLaboratory } from './laboratory';
import { startPageServer, type PageServer } from './page-server';

captureLog();
let browser: Browser;
let server: PageServer;
let page: Page;

beforeAll(async () => {
  [browser, server] = await Promise.all([startBrowser(), startPageServer()]);
  await fillLaboratory(server.api);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});
afterEach(() => page.context().close());

async function signedIn(options: BrowserContextOptions = {}): Promise<void> {
  page = await browser.newPage(options);
  await page.goto(server.url);
  await page.getByLabel('Token').fill('viewer-token');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('table', { name: 'Workers' }).waitFor();
}

describe.each([360, 768, 1_280])('%d pixels wide', (width) => {
  test('nothing has to be scrolled sideways, nor is cut off', async () => {
    await signedIn({ viewport: { width, height: 740 } });
    const beyond = await page.evaluate((limit) => {
      const seen = [...document.querySelectorAll('main *')].filter((element) => !element.closest('thead'));
      return seen.filter((element) => element.getBoundingClientRect().right > limit).map(({ outerHTML }) => outerHTML.slice(0, 80));
    }, width);
    expect(beyond).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
});

test('on a phone each value stands beside the name of its column', async () => {
  await signedIn({ viewport: { width: 360, height: 740 } });
  const cell = page.locator('td[data-label="Next check"]').first();
  expect(await cell.evaluate((element) => getComputedStyle(element, '::before').content)).toBe('"Next check"');
});

describe.each(['light', 'dark'] as const)('in the %s', (colorScheme) => {
  test('every text can be read', async () => {
    await signedIn({ colorScheme });
    const brightness = await page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)?.[0]));
    expect(brightness > 127).toBe(colorScheme === 'light');
    expect(await faintTexts(page)).toEqual([]);
  });
});

describe('keeping the token safe', () => {
  test('nothing is loaded but the page and the API below it', async () => {
    const asked: string[] = [];
    page = await browser.newPage();
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(server.url);
    await page.getByLabel('Token').fill('viewer-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('table', { name: 'Workers' }).waitFor();
    const foreign = asked.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'));
    expect(foreign).toEqual([]);
    expect(asked).toContain(`${server.url}/overview`);
  });
  test('a script or style that gets into it does not run, and it speaks with nobody else', async () => {
    await signedIn();
    const done = await page.evaluate(async () => {
      const script = Object.assign(document.createElement('script'), { textContent: 'document.title = "taken"' });
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="document.title = \'taken\'">');
      const other = location.origin.replace('127.0.0.1', 'localhost');
      const answer = await fetch(`${other}/overview`).then(
        () => 'spoke',
        () => 'refused',
      );
      return { answer, title: document.title };
    });
    expect(done).toEqual({ answer: 'refused', title: 'Trawl' });
  });
  test('its headers say so', async () => {
    await signedIn();
    const headers = (await fetch(server.url)).headers;
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'sha256-[^;' ]+'; style-src 'sha256-[^;' ]+'; connect-src 'self'/,
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-cache');
  });
});
