import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enaFiles } from '../../layers/adapters/ena/files';
import { startEna, type Ena } from '../world/ena/server';

const filesDir = mkdtempSync(join(tmpdir(), 'trawl-ena-'));
const files = enaFiles(1);
let ena: Ena;
beforeAll(async () => {
  ena = await startEna({ filesDir, totalBytes: 1_000_000 });
});
beforeEach(() => ena.control.reset());
afterAll(async () => {
  await ena.stop();
  rmSync(filesDir, { recursive: true });
});

async function listed(): Promise<{ readonly url: string; readonly bytes: number }> {
  const [file] = await ena.control.files();
  if (file === undefined) throw new Error('the archive is empty');
  return { url: `${ena.url}${file.path}`, bytes: file.bytes };
}

it('a file that is there with the size of its listing is the same', async () => {
  await expect(files.serves(await listed())).resolves.toEqual({ outcome: 'same' });
});

it('one of another size, or that is gone, is another', async () => {
  const { url, bytes } = await listed();
  await expect(files.serves({ url, bytes: bytes - 1 })).resolves.toEqual({
    outcome: 'other',
    detail: `it has ${bytes} bytes, listed were ${bytes - 1}`,
  });
  await expect(files.serves({ url: `${url}.none`, bytes })).resolves.toEqual({ outcome: 'other', detail: 'HTTP 404' });
});

it.each([
  ['answers with an error', { kind: 'status', status: 503 }],
  ['cuts the line', { kind: 'reset' }],
] as const)('where ENA %s nothing is known', async (_, fault) => {
  await ena.control.inject({ on: 'files', fault });
  await expect(files.serves(await listed())).resolves.toMatchObject({ outcome: 'unknown' });
});

it('nor where there is no such host', async () => {
  await expect(files.serves({ url: 'http://127.0.0.1:1/x', bytes: 1 })).resolves.toMatchObject({ outcome: 'unknown' });
});
