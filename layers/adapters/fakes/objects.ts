import { readFile, writeFile } from 'node:fs/promises';
import type { z } from 'zod';
import { ObjectMissingError } from '../../core/errors';
import type { ObjectStore } from '../../core/ports/outside';

/** Objects in memory. `text` reads one back whole and `keys` lists them, sorted: for assertions. */
export const memoryObjects = (): ObjectStore & { keys(): readonly string[]; text(key: string): string | undefined } => {
  const objects = new Map<string, Buffer>();
  const bytesOf = (key: string): Buffer => {
    const bytes = objects.get(key);
    if (bytes === undefined) throw new ObjectMissingError(key);
    return bytes;
  };
  return {
    getJson: async <T>(key: string, schema: z.ZodType<T>): Promise<T | undefined> => {
      const bytes = objects.get(key);
      return bytes === undefined ? undefined : schema.parse(JSON.parse(bytes.toString('utf8')));
    },
    putJson: async (key, value) => {
      objects.set(key, Buffer.from(JSON.stringify(value)));
    },
    exists: async (key) => objects.has(key),
    async *readLines(key) {
      const lines = bytesOf(key).toString('utf8').split('\n');
      if (lines.at(-1) === '') lines.pop();
      yield* lines;
    },
    download: async (key, path) => writeFile(path, bytesOf(key)),
    upload: async (path, key) => {
      const bytes = await readFile(path);
      objects.set(key, bytes);
      return { bytes: bytes.length };
    },
    keys: () => [...objects.keys()].sort(),
    text: (key) => objects.get(key)?.toString('utf8'),
  };
};
