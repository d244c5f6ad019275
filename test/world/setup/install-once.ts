import { existsSync, mkdirSync, readFileSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Say } from './run-command';

/** The checkout that this file belongs to. */
export const PROJECT_ROOT = resolve(__dirname, '../../..');
/** What is installed for this checkout alone; safe to delete at any time that nothing runs. */
export const TOOLS_FOLDER = join(PROJECT_ROOT, '.trawl', 'tools');

const STAMP = '.installed';
const LOCK_POLL_MILLISECONDS = 250;
/** An installation that takes longer has died: its lock is taken over. */
const LOCK_STALE_MILLISECONDS = 15 * 60_000;

export interface Installation {
  /** As a person calls it. */
  readonly what: string;
  readonly folder: string;
  /** Whatever decides what is installed; another version is installed anew. */
  readonly version: string;
  readonly say: Say;
  readonly install: () => Promise<void>;
}

function isInstalled({ folder, version }: Installation): boolean {
  const stamp = join(folder, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === version;
}

async function takeLock(lock: string): Promise<void> {
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
      if (since !== undefined && Date.now() - since > LOCK_STALE_MILLISECONDS) rmSync(lock, { recursive: true, force: true });
      await new Promise((wake) => setTimeout(wake, LOCK_POLL_MILLISECONDS));
    }
  }
}

/**
 * Installs into an empty folder unless this very version stands there already. Safe to run twice and at once: the second waits
 * for the first; one that was interrupted has no stamp and starts from nothing.
 */
export async function installOnce(installation: Installation): Promise<void> {
  if (isInstalled(installation)) return;
  const { folder, say, what, version, install } = installation;
  mkdirSync(dirname(folder), { recursive: true });
  const lock = `${folder}.lock`;
  await takeLock(lock);
  try {
    if (isInstalled(installation)) return;
    const startedAt = Date.now();
    say(`installing ${what} …`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await install();
    writeFileSync(join(folder, STAMP), version);
    say(`installed ${what} in ${Math.round((Date.now() - startedAt) / 1000)} s`);
  } finally {
    rmdirSync(lock);
  }
}
