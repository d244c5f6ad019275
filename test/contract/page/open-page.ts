import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../../world/browser/chromium';
import { captureLog } from '../../unit/runtime/log';
import { event, source } from '../stores/samples';
import { startPageServer, type PageServer } from './page-server';

/** How often the page asks. */
export const INTERVAL = 6_000;

export interface OpenPage {
  readonly page: Page;
  readonly server: PageServer;
  /** Afresh, at this address below the server's. */
  goto(address: string): Promise<void>;
  signIn(token?: string): Promise<void>;
  row(table: string, text: string): ReturnType<Page['locator']>;
  follow(sourceId: string, with_?: Parameters<typeof source>[1]): Promise<unknown>;
}

/** For each test a server with an empty installation and a page that nobody has signed in to; each must pass without a complaint of the browser. */
export function openPage(): OpenPage {
  captureLog();
  let browser: Browser;
  let server: PageServer;
  let page: Page;
  let complaints: string[];
  const goto = async (address: string): Promise<void> => {
    page = await browser.newPage();
    complaints = [];
    page.on('console', (message) => {
      // An answer that is no 2xx is a line of the console too.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.clock.install();
    await page.goto(server.url + address);
  };
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    server = await startPageServer();
    await goto('/');
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await page.context().close();
    await server.stop();
  });
  return {
    get page() {
      return page;
    },
    get server() {
      return server;
    },
    goto,
    async signIn(token = 'viewer-token') {
      await page.getByLabel('Token').fill(token);
      await page.getByRole('button', { name: 'Sign in' }).click();
    },
    row: (table, text) => page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: text }),
    follow: (sourceId, with_ = {}) => server.api.stores.sources.add(source(sourceId, with_), event(sourceId, 'source-added')),
  };
}
