import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CliError } from './errors';

const Settings = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'is not a URL that begins with http:// or https://' })
    .transform((url) => url.replace(/\/+$/, '')),
  // Said here, because `fetch` would print the token in its own complaint.
  token: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]+$/, 'is empty, or holds characters that no token has'),
});
export type Settings = z.infer<typeof Settings>;

export const userSettingsPath = (): string => join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'trawl', 'cli.json');

/** `.trawl/cli.json` of this folder or the nearest one above it: a local installation is found without any setting. */
function nearestSettingsPath(folder: string): string | undefined {
  const candidate = join(folder, '.trawl', 'cli.json');
  if (existsSync(candidate)) return candidate;
  return dirname(folder) === folder ? undefined : nearestSettingsPath(dirname(folder));
}

const issuesOf = (error: z.ZodError): string => error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');

function readSettings(path: string): Settings {
  const wrong = (detail: string, cause: unknown): CliError =>
    new CliError(
      `${path} is not what "trawl init --save" writes: ${detail}`,
      'delete it and run "trawl init --save" or "npm run up" again',
      2,
      {
        cause,
      },
    );
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error), error);
  }
  const parsed = Settings.safeParse(found);
  if (!parsed.success) throw wrong(issuesOf(parsed.error), parsed.error);
  return parsed.data;
}

/** Both or none: a token that was saved for one installation is never sent to another. */
function environmentSettings(): Settings | undefined {
  const { TRAWL_URL: url = '', TRAWL_TOKEN: token = '' } = process.env;
  if (url === '' && token === '') return undefined;
  if (url === '' || token === '') {
    const [set, missing] = url === '' ? ['TRAWL_TOKEN', 'TRAWL_URL'] : ['TRAWL_URL', 'TRAWL_TOKEN'];
    throw new CliError(`${set} is set but ${missing} is not`, 'set both, or unset both to use the saved settings', 2);
  }
  const parsed = Settings.safeParse({ url, token });
  if (parsed.success) return parsed.data;
  const names = { url: 'TRAWL_URL', token: 'TRAWL_TOKEN' } as const;
  const [issue] = parsed.error.issues;
  throw new CliError(`${names[issue?.path[0] === 'token' ? 'token' : 'url']} ${issue?.message ?? 'is wrong'}`, undefined, 2);
}

/** Where the API is and with which token: environment first, then the nearest `.trawl/cli.json`, then the user's own file. */
export function findSettings(): Settings {
  const fromEnvironment = environmentSettings();
  if (fromEnvironment) return fromEnvironment;
  const path = nearestSettingsPath(process.cwd()) ?? userSettingsPath();
  if (existsSync(path)) return readSettings(path);
  throw new CliError(
    'no installation is known here',
    'set TRAWL_URL and TRAWL_TOKEN, or run "trawl init --save" (on AWS) or "npm run up" (local)',
    2,
  );
}

/** Where a command that has a token saves it for this CLI, if anywhere. */
export interface SaveFlags {
  readonly save?: true;
  readonly saveTo?: string;
}

/** Saves where `--save` or `--save-to` say. @returns the file; undefined where neither does */
export function saveWhereAsked({ save, saveTo }: SaveFlags, { url, token }: Settings): string | undefined {
  if (save !== true && saveTo === undefined) return undefined;
  const path = saveTo === undefined ? userSettingsPath() : join(saveTo, 'cli.json');
  saveSettings(path, { url, token });
  return path;
}

/** Writes the settings file with the token readable by its owner only. */
export function saveSettings(path: string, settings: Settings): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
}
