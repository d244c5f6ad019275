import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ObjectStore, PutLinks } from '../../../layers/core/ports/outside';

const Plan = z.object({ v: z.literal(1), text: z.string() });
const writtenAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown as string;
const md5Of = (content: Buffer): string => createHash('md5').update(content).digest('hex');
const linesOf = async (objects: ObjectStore, key: string): Promise<readonly string[]> => {
  const lines: string[] = [];
  for await (const line of objects.readLines(key)) lines.push(line);
  return lines;
};

export interface PutPlace {
  readonly objects: ObjectStore;
  readonly links: PutLinks;
  readonly send: (url: string, content: Buffer) => Promise<string>;
}

/** What every implementation of the objects must do. */
export const objectsContract = (objects: () => ObjectStore): void => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trawl-objects-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const uploaded = async (key: string, content: string | Buffer): Promise<{ readonly bytes: number }> => {
    writeFileSync(join(folder, 'up'), content);
    return objects().upload(join(folder, 'up'), key, 'text/plain');
  };

  test('what is put is read back through its schema, and the newest stands', async () => {
    await objects().putJson('plans/one.json', { v: 1, text: 'first' });
    await objects().putJson('plans/one.json', { v: 1, text: 'é ✓' });
    await expect(objects().getJson('plans/one.json', Plan)).resolves.toEqual({ v: 1, text: 'é ✓' });
    await expect(objects().exists('plans/one.json')).resolves.toBe(true);
  });

  test('an object that is not there reads as undefined and does not exist', async () => {
    await expect(objects().getJson('plans/none.json', Plan)).resolves.toBeUndefined();
    await expect(objects().exists('plans/none.json')).resolves.toBe(false);
    await expect(objects().exists('plans/on')).resolves.toBe(false);
  });

  test('an object of another form is a ZodError, not a value', async () => {
    await objects().putJson('plans/old.json', { v: 2 });
    await expect(objects().getJson('plans/old.json', Plan)).rejects.toMatchObject({ name: 'ZodError' });
  });

  test.each([
    { name: 'an empty object has none', content: '', lines: [] },
    { name: 'a last line without an end counts', content: 'a\nb', lines: ['a', 'b'] },
    { name: 'a last line with its end counts once', content: 'a\nb\n', lines: ['a', 'b'] },
    { name: 'an empty line in the middle counts', content: 'a\n\nb\n', lines: ['a', '', 'b'] },
    { name: 'a character of several bytes stays whole across chunks', content: '✓'.repeat(100_000), lines: ['✓'.repeat(100_000)] },
  ])('of the lines of an object $name', async ({ content, lines }) => {
    await uploaded('lines.jsonl', content);
    await expect(linesOf(objects(), 'lines.jsonl')).resolves.toEqual(lines);
  });

  test('reading may stop after the first line', async () => {
    await uploaded('many.jsonl', 'line\n'.repeat(200_000));
    for await (const line of objects().readLines('many.jsonl')) {
      expect(line).toBe('line');
      break;
    }
  });

  test('a file goes up whole, in parts where it is large, and comes down the same', async () => {
    const content = Buffer.alloc(12 * 1024 * 1024, 'trawl');
    await expect(uploaded('listings/large.bin', content)).resolves.toEqual({ bytes: content.length });
    await objects().download('listings/large.bin', join(folder, 'down'));
    expect(readFileSync(join(folder, 'down')).equals(content)).toBe(true);
  });

  test('lines and files that are not there are errors by name', async () => {
    await expect(linesOf(objects(), 'none.jsonl')).rejects.toMatchObject({ name: 'ObjectMissingError' });
    await expect(objects().download('none.bin', join(folder, 'none'))).rejects.toMatchObject({ name: 'ObjectMissingError' });
  });

  test('what lies below a prefix is listed with its size and md5, in order, and nothing beside it', async () => {
    await uploaded('seen/b.bin', 'two');
    await uploaded('seen/a/x.bin', '');
    await uploaded('seen-not.bin', 'x');
    const md5 = (text: string) => md5Of(Buffer.from(text));
    await expect(objects().list('seen/')).resolves.toEqual([
      { key: 'seen/a/x.bin', bytes: 0, md5: md5(''), writtenAt },
      { key: 'seen/b.bin', bytes: 3, md5: md5('two'), writtenAt },
    ]);
    await expect(objects().list('seen/none/')).resolves.toEqual([]);
  });

  test('what is removed is gone, what is not there is no error, and nothing beside it goes', async () => {
    for (const name of ['a', 'b', 'c']) await objects().putJson(`old/${name}.json`, { v: 1, text: name });
    await objects().remove(['old/a.json', 'old/none.json', 'old/b.json']);
    await objects().remove([]);
    expect((await objects().list('old/')).map(({ key }) => key)).toEqual(['old/c.json']);
    await expect(objects().getJson('old/a.json', Plan)).resolves.toBeUndefined();
  });
};

/** What every implementation of the links must do; `send` is the plain PUT of whoever was given one, and answers with the ETag. */
export const putLinksContract = (made: () => PutPlace): void => {
  const [first, second] = [Buffer.alloc(6 * 1024 * 1024, 'first'), Buffer.from('second')];
  const whole = md5Of(Buffer.concat([first, second]));
  const begin = async (key: string, md5 = whole) => {
    const { links, send } = made();
    const id = await links.begin(key, md5);
    const put = async (part: number, content: Buffer) => send(await links.part(key, id, part), content);
    return { id, put, complete: (...parts: readonly Buffer[]) => links.complete(key, id, parts.map(md5Of)) };
  };
  const listed = (key: string) => made().objects.list(key);

  test('what is put under a link is the object, and its ETag the md5', async () => {
    const { links, send } = made();
    await expect(send(await links.put('rescued/one.bin'), second)).resolves.toBe(md5Of(second));
    await expect(listed('rescued/one.bin')).resolves.toEqual([{ key: 'rescued/one.bin', bytes: 6, md5: md5Of(second), writtenAt }]);
  });

  test('parts become one object when all are there, in any order and put again where need be; its md5 is what was said', async () => {
    const { put, complete } = await begin('rescued/two.bin');
    await expect(put(2, first)).resolves.toBe(md5Of(first));
    await put(2, second);
    await put(1, first);
    await expect(listed('rescued/two.bin')).resolves.toEqual([]);
    await expect(complete(first, second)).resolves.toBe('done');
    await expect(listed('rescued/two.bin')).resolves.toEqual([{ key: 'rescued/two.bin', bytes: first.length + 6, md5: whole, writtenAt }]);
  });

  test('a part that is missing or another than was said makes no object, and can be made good', async () => {
    const { put, complete } = await begin('rescued/three.bin');
    await put(1, first);
    await expect(complete(first, second)).resolves.toBe('refused');
    await put(2, second);
    await expect(complete(first, first)).resolves.toBe('refused');
    await expect(listed('rescued/three.bin')).resolves.toEqual([]);
    await expect(complete(first, second)).resolves.toBe('done');
  });

  test('an upload that is over is refused', async () => {
    const { put, complete } = await begin('rescued/four.bin');
    await put(1, second);
    await expect(complete(second)).resolves.toBe('done');
    const { links } = made();
    await expect(links.complete('rescued/four.bin', 'never-begun', [md5Of(second)])).resolves.toBe('refused');
  });
};
