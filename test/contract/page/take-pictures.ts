/** `npx tsx test/contract/page/take-pictures.ts <folder>`: the page as the README shows it, and on a phone in the dark. */
import { join } from 'node:path';
import { startBrowser } from '../../world/browser/chromium';
import { fillLaboratory } from './laboratory';
import { startPageServer } from './page-server';

const VIEWS = [
  { name: 'status-page', width: 1_000, height: 900, colorScheme: 'light' },
  { name: 'status-page-phone', width: 360, height: 760, colorScheme: 'dark', isWhole: true },
  { name: 'status-page-sign-in', width: 360, height: 760, colorScheme: 'dark', isSignIn: true },
] as const;

async function main(folder: string): Promise<void> {
  const server = await startPageServer();
  const browser = await startBrowser();
  try {
    await fillLaboratory(server.api);
    for (const { name, width, height, colorScheme, ...how } of VIEWS) {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme });
      await page.goto(server.url);
      await page.getByLabel('Token').fill('isSignIn' in how ? 'wrong' : 'viewer-token');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('isSignIn' in how ? 'does not know' : 'Heard').waitFor();
      await page.screenshot({ path: join(folder, `${name}.png`), fullPage: 'isWhole' in how });
      await page.close();
    }
  } finally {
    await browser.close();
    await server.stop();
  }
}

main(process.argv[2] ?? '.').catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
