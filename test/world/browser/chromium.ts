import { chromium, type Browser } from 'playwright-core';
import { findCommand } from '../system/commands';
import { ensureSystemPackages } from '../system/ensure';
import { browserPackages } from '../system/packages';

/** Without a sandbox, which root may not have; and without the questions that a browser asks its maker's servers. */
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The same letters on every machine, and small pictures.
  '--disable-lcd-text',
];

/** A real Chromium, the distribution's own; installed where it is missing. */
export async function startBrowser(): Promise<Browser> {
  await ensureSystemPackages(browserPackages);
  const executablePath = findCommand('chromium');
  if (executablePath === undefined) throw new Error('chromium is not on this machine');
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}
