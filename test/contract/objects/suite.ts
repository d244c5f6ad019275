import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ObjectStore } from '../../../layers/core/ports/outside';

const Plan = z.object({ v: z.literal(1), text: z.string() });
const linesOf = async (objects: ObjectStore, key: string): Promise<readonly string[]> => {
  const lines: string[] = [];
  for await (const line of objects.readLines(key)) lines.push(line);
  return lines;
};

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
};
