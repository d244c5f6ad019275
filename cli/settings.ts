import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CliError } from './errors';

const Settings = z.object({ url: z.url(), token: z.string().min(1) });
export type Settings = z.infer<typeof Settings>;

export const userSettingsPath = (): string => join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'trawl', 'cli.json');

/** `.trawl/cli.json` of this folder or the nearest one above it: a local installation is found without any setting. */
function nearestSettingsPath(folder: string): string | undefined {
  const candidate = join(folder, '.trawl', 'cli.json');
  if (existsSync(candidate)) return candidate;
  return dirname(folder) === folder ? undefined : nearestSettingsPath(dirname(folder));
}

function readSettings(path: string): Settings {
  const parsed = Settings.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (!parsed.success)
    throw new CliError(
      `${path} is not what "trawl init --save" writes:\n${z.prettifyError(parsed.error)}`,
      `delete it and run "trawl init --save" again`,
    );
  return parsed.data;
}

/** Where the API is and with which token: environment first, then the nearest `.trawl/cli.json`, then the user's own file. */
export function findSettings(): Settings {
  const { TRAWL_URL: url, TRAWL_TOKEN: token } = process.env;
  if (url !== undefined && token !== undefined) return { url: url.replace(/\/+$/, ''), token };
  const path = nearestSettingsPath(process.cwd()) ?? userSettingsPath();
  if (!existsSync(path)) {
    throw new CliError(
      'no installation is known here',
      'set TRAWL_URL and TRAWL_TOKEN, or run "trawl init --save" (on AWS) or "npm run up" (local)',
      2,
    );
  }
  const settings = readSettings(path);
  return { url: (url ?? settings.url).replace(/\/+$/, ''), token: token ?? settings.token };
}

/** Writes the settings file with the token readable by its owner only. */
export function saveSettings(path: string, settings: Settings): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
}
