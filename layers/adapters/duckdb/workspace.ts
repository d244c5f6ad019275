import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createInterface } from 'node:readline';
import { createGunzip, createGzip } from 'node:zlib';
import type { FileWriter, WithWorkspace } from '../../core/ports/listings';

/** Directories under the system's temporary one (in a Lambda: /tmp, which outlives the call, hence removed each time). */
export const temporaryWorkspace: WithWorkspace = async (use) => {
  const directory = await mkdtemp(join(tmpdir(), 'trawl-'));
  const path = (name: string): string => join(directory, name);
  try {
    return await use({
      path,
      writer: (name, options) => fileWriter(path(name), options?.gzip ?? false),
      gzippedLines: (name) => createInterface({ input: createReadStream(path(name)).pipe(createGunzip()), crlfDelay: Infinity }),
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

function fileWriter(path: string, isGzip: boolean): FileWriter {
  const file = createWriteStream(path);
  // A full disk shows as an error of the stream while nobody writes to it: kept, and thrown by the next call.
  const done = finished(file);
  done.catch(() => undefined);
  const gzip = isGzip ? createGzip({ level: 6 }) : undefined;
  gzip?.pipe(file);
  const head = gzip ?? file;
  return {
    write: async (piece) => {
      if (file.errored) throw file.errored;
      if (!head.write(piece)) await Promise.race([once(head, 'drain'), done]);
    },
    end: async () => {
      head.end();
      await done;
    },
  };
}
