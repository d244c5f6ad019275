import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { z } from 'zod';
import { ObjectMissingError } from '../../core/errors';
import type { GetLink, ObjectStore, PutLinks } from '../../core/ports/outside';

export interface MemoryObjects extends ObjectStore {
  /** All keys, sorted: for assertions. */
  keys(): readonly string[];
  /** One object whole: for assertions. */
  text(key: string): string | undefined;
  /** The same, of one that is no text. */
  bytes(key: string): Buffer | undefined;
  readonly links: PutLinks;
  readonly getLink: GetLink;
  /** What a PUT to one of its links does. @returns the md5 of what was sent, as S3's `ETag` without quotes */
  send(url: string, content: Buffer): Promise<string>;
}
interface Kept {
  readonly content: Buffer;
  readonly md5: string;
  readonly writtenAt: string;
}
interface Begun {
  readonly key: string;
  readonly md5: string;
  readonly parts: Map<number, Kept>;
}

const md5Of = (content: Buffer): string => createHash('md5').update(content).digest('hex');
const keep = (content: Buffer, at: Date): Kept => ({ content, md5: md5Of(content), writtenAt: at.toISOString() });

const getLink: GetLink = async (key) => `https://bucket.example/get/${key}`;

/** Objects in memory, with links of its own. */
export const memoryObjects = (now: () => Date = () => new Date()): MemoryObjects => {
  const objects = new Map<string, Kept>();
  const bytesOf = (key: string): Buffer => {
    const kept = objects.get(key);
    if (kept === undefined) throw new ObjectMissingError(key);
    return kept.content;
  };
  const { links, send } = memoryLinks(objects, now);
  return {
    ...{ links, getLink, send },
    getJson: async <T>(key: string, schema: z.ZodType<T>): Promise<T | undefined> => {
      const kept = objects.get(key);
      return kept === undefined ? undefined : schema.parse(JSON.parse(kept.content.toString('utf8')));
    },
    putJson: async (key, value) => {
      objects.set(key, keep(Buffer.from(JSON.stringify(value)), now()));
    },
    exists: async (key) => objects.has(key),
    list: async (prefix) =>
      [...objects]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, { content, ...kept }]) => ({ key, bytes: content.length, ...kept }))
        .sort((one, other) => (one.key < other.key ? -1 : 1)),
    remove: async (keys) => keys.forEach((key) => void objects.delete(key)),
    async *readLines(key) {
      const lines = bytesOf(key).toString('utf8').split('\n');
      if (lines.at(-1) === '') lines.pop();
      yield* lines;
    },
    download: async (key, path) => writeFile(path, bytesOf(key)),
    upload: async (path, key) => {
      const content = await readFile(path);
      objects.set(key, keep(content, now()));
      return { bytes: content.length };
    },
    keys: () => [...objects.keys()].sort(),
    bytes: (key) => objects.get(key)?.content,
    text: (key) => objects.get(key)?.content.toString('utf8'),
  };
};

function memoryLinks(objects: Map<string, Kept>, now: () => Date): Pick<MemoryObjects, 'links' | 'send'> {
  const begun = new Map<string, Begun>();
  let ids = 0;
  const links: PutLinks = {
    put: async (key) => `https://bucket.example/put/${key}`,
    begin: async (key, md5) => {
      ids += 1;
      begun.set(`upload-${ids}`, { key, md5, parts: new Map() });
      return `upload-${ids}`;
    },
    part: async (key, uploadId, part) => `https://bucket.example/part/${uploadId}/${part}/${key}`,
    complete: async (key, uploadId, md5s) => {
      const upload = begun.get(uploadId);
      const parts = md5s.map((md5, index) =>
        upload?.parts.get(index + 1)?.md5 === md5 ? upload.parts.get(index + 1)?.content : undefined,
      );
      const whole = parts.filter((part) => part !== undefined);
      if (upload?.key !== key || whole.length < parts.length) return 'refused';
      begun.delete(uploadId);
      objects.set(key, { ...keep(Buffer.concat(whole), now()), md5: upload.md5 });
      return 'done';
    },
  };
  const send = async (url: string, content: Buffer): Promise<string> => {
    const [, how = '', rest = ''] = /^\/(put|part)\/(.+)$/.exec(new URL(url).pathname) ?? [];
    const [uploadId = '', part = ''] = rest.split('/');
    if (how === 'put') objects.set(rest, keep(content, now()));
    else begun.get(uploadId)?.parts.set(Number(part), keep(content, now()));
    return md5Of(content);
  };
  return { links, send };
}
