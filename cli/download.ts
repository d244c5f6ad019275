import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CliError } from './errors';
import { withProgress } from './progress';

export interface Download {
  /** A link that works now; asked for anew at each try. */
  readonly linkNow: () => Promise<string>;
  readonly bytes: number;
  /** Grows while the file comes; what is there already is not fetched again. */
  readonly partial: string;
  /** Gets the whole file at once, by rename. */
  readonly output: string;
  /** Unpack gzip on the way from partial to output. */
  readonly unpack: boolean;
}
const TRIES = 4;

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

/** Fetches a file, going on where a connection broke. @throws CliError when it does not come whole; the partial file stays. */
export async function download({ linkNow, bytes, partial, output, unpack }: Download): Promise<void> {
  let reason = '';
  for (let tries = 0; tries < TRIES && (await sizeOf(partial)) !== bytes; tries += 1) {
    const link = await linkNow();
    reason = await withProgress(`fetching ${output}`, fetchRest(link, partial)).catch((error: unknown) => String(error));
  }
  const got = await sizeOf(partial);
  if (got !== bytes) {
    throw new CliError(
      `${got} of ${bytes} bytes came: ${reason}`,
      'repeat the command with the --operation that "trawl operation list" names',
      3,
    );
  }
  if (!unpack) return rename(partial, output);
  const unpacked = `${partial}.unpacked`;
  await pipeline(createReadStream(partial), createGunzip(), createWriteStream(unpacked));
  await rename(unpacked, output);
  await rm(partial);
}

/** @returns what went wrong, in words; nothing where it came to its end */
async function fetchRest(link: string, partial: string): Promise<string> {
  const from = await sizeOf(partial);
  const response = await fetch(link, from === 0 ? {} : { headers: { range: `bytes=${from}-` } });
  if (!response.ok || response.body === null) return `HTTP ${response.status} ${(await response.text()).slice(0, 200)}`;
  // A server that does not know ranges sends all of it again.
  const flags = response.status === 206 ? 'a' : 'w';
  await pipeline(Readable.fromWeb(response.body), createWriteStream(partial, { flags }));
  return 'the answer ended early';
}
