import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectStore } from '../../../../layers/core/ports/outside';

/** An object of JSON lines. */
export async function writeLines(objects: Pick<ObjectStore, 'upload'>, key: string, items: readonly object[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trawl-life-'));
  writeFileSync(join(folder, 'lines'), items.map((item) => `${JSON.stringify(item)}\n`).join(''));
  await objects.upload(join(folder, 'lines'), key, 'application/jsonl');
  rmSync(folder, { recursive: true });
}
