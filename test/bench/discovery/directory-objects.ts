import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { ObjectMissingError } from '../../../layers/core/errors';
import type { ObjectStore } from '../../../layers/core/ports/outside';

/** As `lib-storage` does: a larger object goes up in parts of this size. */
const PART_BYTES = 5 * 1024 * 1024;

export interface Requests {
  gets: number;
  puts: number;
}

/** Objects as files below a folder, with the requests that S3 would have had for them counted. */
export function directoryObjects(root: string): Omit<ObjectStore, 'list' | 'remove'> & { readonly requests: Requests } {
  const requests: Requests = { gets: 0, puts: 0 };
  const pathOf = (key: string): string => join(root, key);
  const found = (key: string): string => {
    requests.gets += 1;
    if (!existsSync(pathOf(key))) throw new ObjectMissingError(key);
    return pathOf(key);
  };
  const made = async (key: string): Promise<string> => {
    await mkdir(dirname(pathOf(key)), { recursive: true });
    return pathOf(key);
  };
  return {
    requests,
    getJson: async (key, schema) => {
      requests.gets += 1;
      return existsSync(pathOf(key)) ? schema.parse(JSON.parse(await readFile(pathOf(key), 'utf8'))) : undefined;
    },
    putJson: async (key, value) => {
      requests.puts += 1;
      await writeFile(await made(key), JSON.stringify(value));
    },
    exists: (key) => {
      requests.gets += 1;
      return Promise.resolve(existsSync(pathOf(key)));
    },
    readLines: (key) => createInterface({ input: createReadStream(found(key)), crlfDelay: Infinity }),
    download: (key, path) => copyFile(found(key), path),
    upload: async (path, key) => {
      const { size } = await stat(path);
      requests.puts += size <= PART_BYTES ? 1 : Math.ceil(size / PART_BYTES) + 2;
      await copyFile(path, await made(key));
      return { bytes: size };
    },
  };
}
