import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../../world/browser/chromium';
import { captureLog } from '../../unit/runtime/log';
import { event, source } from '../stores/samples';
import { fillLaboratory } from './laboratory';
import { startPageServer, type PageServer } from './page-server';

captureLog();
const INTERVAL = 6_000;
let browser: Browser;
let server: PageServer;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  server = await startPageServer();
  await open();
});
afterEach(async () => {
  expect(complaints).toEqual([]);
  await page.context().close();
  await server.stop();
});

async function open(address = '/'): Promise<void> {
  page = await browser.newPage();
  complaints = [];
  page.on('console', (message) => {
    // An answer that is no 2xx is a line of the console too.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.clock.install();
  await page.goto(server.url + address);
}
async function signIn(token = 'viewer-token'): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
const row = (table: string, text: string) => page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: text });
const follow = (sourceId: string, with_: Parameters<typeof source>[1] = {}) =>
  server.api.stores.sources.add(source(sourceId, with_), event(sourceId, 'source-added'));
const kept = () =>
  page.evaluate(() => ({ session: Object.values(sessionStorage) as string[], local: localStorage.length, cookie: document.cookie }));
/** As when its tab is left, or comes back. */
const setHidden = (isHidden: boolean) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);

describe('signing in', () => {
  test('without a token there is nothing to see and nothing is asked', async () => {
    await page.getByLabel('Token').waitFor();
    expect(server.asked()).toBe(0);
    expect(await page.locator('table').count()).toBe(0);
  });
  test.each(['wrong', 'wrong with spaces', 'schlüssel'])('a wrong token is told and not kept: %s', async (token) => {
    await signIn(token);
    await page.getByRole('alert').filter({ hasText: 'does not know this token' }).waitFor();
    expect(await kept()).toMatchObject({ session: [] });
  });
  test('a token of a site may not look, and that is told', async () => {
    await signIn('site-token');
    await page.getByRole('alert').filter({ hasText: 'needs the role viewer' }).waitFor();
  });
  test('an API that is away is not a wrong token', async () => {
    server.behave('gone');
    await signIn();
    await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();
  });
  test('a token is kept in the tab alone, over a reload, until signing out', async () => {
    await signIn();
    await page.getByText('Heard').waitFor();
    expect(await kept()).toEqual({ session: ['viewer-token'], local: 0, cookie: '' });
    expect(page.url()).toBe(`${server.url}/`);
    await page.reload();
    await page.getByText('Heard').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await kept()).toEqual({ session: [], local: 0, cookie: '' });
    await page.reload();
    await page.getByLabel('Token').waitFor();
  });
  test('a token that is no longer good leads back to the form', async () => {
    await signIn();
    await page.getByText('Heard').waitFor();
    server.behave('forgot-tokens');
    await page.clock.fastForward(INTERVAL);
    await page.getByRole('alert').filter({ hasText: 'does not know this token' }).waitFor();
    expect(await kept()).toMatchObject({ session: [] });
  });
  test('it works at its address without the slash, too', async () => {
    await page.context().close();
    await open('');
    await signIn();
    await page.getByText('Heard').waitFor();
  });
});

describe('what it shows', () => {
  beforeEach(async () => {
    await fillLaboratory(server.api);
    await signIn();
    await page.getByRole('table', { name: 'Workers' }).waitFor();
  });
  test('sources with status as a word, counts, warnings; those that need eyes on top', async () => {
    const rows = page.getByRole('table', { name: 'Sources' }).locator('tbody tr');
    expect(await rows.locator('.word').allTextContents()).toEqual(['error', 'warning', 'in progress', 'new', 'complete']);
    expect(await row('Sources', 'cichlids').innerText()).toMatch(
      /in progress[^]*running[^]*31 of 46 complete, 2 excluded[^]*in 5 h 40 min/,
    );
    expect(await row('Sources', 'taxon:562').innerText()).toContain('runs-failed: 12 runs failed three times');
    expect(await row('Sources', 'taxon:3847').innerText()).toMatch(/never[^]*due/);
  });
  test('batches with their progress', async () => {
    const first = row('Open batches', 'study-PRJEB28810.1.1');
    expect(await first.innerText()).toMatch(/running[^]*5 of 8 runs, 1 failed, 31\.2 GB of 48\.0 GB/);
    expect(await first.locator('progress').evaluate((bar: HTMLProgressElement) => [bar.value, bar.max])).toEqual([6, 8]);
    expect(await row('Open batches', 'study-PRJEB28810.1.4').innerText()).toMatch(/planned[^]*none yet[^]*7 runs/);
  });
  test('workers with age and cost', async () => {
    expect(await row('Workers', 'study-PRJEB28810.1.2.a1').innerText()).toMatch(
      /droplet[^]*live[^]*48 min[^]*\$0\.0179 \(\$0\.0179 an hour\)/,
    );
    expect(await row('Workers', 'study-PRJEB28810.1.1.a1').innerText()).toMatch(/slurm[^]*live[^]*2 h[^]*none/);
  });
  test('holds and approvals with the reason, what to do and the heading of the runbook', async () => {
    const cards = page.getByRole('region', { name: 'Needs a person' }).getByRole('listitem');
    expect(await cards.count()).toBe(2);
    const held = await cards.filter({ hasText: 'results-held' }).innerText();
    expect(held).toMatch(/host-key-changed[^]*since 30 min ago[^]*\$0\.0179 an hour, \$0\.0357 so far/);
    expect(held).toMatch(/trawl clear study:PRJEB1787[^]*Attention: results-held/);
    expect(await cards.filter({ hasText: 'approval' }).innerText()).toContain('more than the limit of 1000');
  });
  test('a time says exactly which when asked', async () => {
    const time = row('Sources', 'cichlids').locator('time').first();
    expect(await time.getAttribute('title')).toBe('2026-11-21 09:30:00 UTC');
  });
});

test('text of other people is text', async () => {
  const name = '<b onclick="x">K-12</b>';
  await follow('taxon:562', { name, generatedWarning: [{ code: 'c', detail: name }] });
  await signIn();
  await row('Sources', name)
    .filter({ hasText: `c: ${name}` })
    .waitFor();
  expect(await page.locator('main b').count()).toBe(0);
});

describe('attention', () => {
  test.each([
    ['slurm-needs-person', 'scancel'],
    ['a-reason-of-a-later-version', 'Attention: a-reason-of-a-later-version'],
  ])('%s is shown with what raised it and its heading', async (reason, said) => {
    const at = '2026-11-21T08:00:00.000Z';
    await follow('taxon:562', { needsAttention: { reason, detail: 'job 17 is in SPECIAL_EXIT', step: 'probe-jobs', at } });
    await signIn();
    const card = page.getByRole('region', { name: 'Needs a person' }).getByRole('listitem');
    for (const text of [said, 'job 17 is in SPECIAL_EXIT', 'probe-jobs 2 h ago', `Attention: ${reason}`])
      await card.filter({ hasText: text }).waitFor();
  });
});

describe('staying up to date', () => {
  beforeEach(async () => {
    await signIn();
    await page.getByText('None is followed yet').waitFor();
  });
  test('what changes is seen without a hand', async () => {
    await follow('taxon:9606');
    await page.clock.fastForward(INTERVAL);
    await row('Sources', 'taxon:9606').waitFor();
  });
  test('a hidden page asks nothing; one that comes back asks at once', async () => {
    await setHidden(true);
    await page.clock.fastForward(INTERVAL);
    await page.evaluate(() => fetch('health'));
    const before = server.asked();
    for (let minutes = 0; minutes < 10; minutes += 1) await page.clock.fastForward(60_000);
    expect(server.asked()).toBe(before);
    await follow('taxon:9606');
    await setHidden(false);
    await row('Sources', 'taxon:9606').waitFor();
  });
  test.each([
    ['gone', 'cannot be reached'],
    ['failing', 'answers 503'],
  ] as const)('an API that is %s makes it stale, in words; what was heard stays', async (how, said) => {
    await follow('taxon:9606');
    await page.clock.fastForward(INTERVAL);
    await row('Sources', 'taxon:9606').waitFor();
    server.behave(how);
    await page.clock.fastForward(INTERVAL);
    const status = page.getByRole('status');
    await status.filter({ hasText: 'Stale' }).filter({ hasText: said }).waitFor();
    expect(await row('Sources', 'taxon:9606').isVisible()).toBe(true);
    server.behave('well');
    await page.clock.fastForward(INTERVAL);
    await status.filter({ hasText: /^Heard/ }).waitFor();
  });
});
