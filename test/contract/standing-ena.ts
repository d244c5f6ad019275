import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEna, type Ena } from '../world/ena/server';

/** A stand-in for ENA for the tests of a file, as recorded before each of them. @returns what stands; to be called inside tests only */
export function standingEna(): () => Ena {
  const filesDir = mkdtempSync(join(tmpdir(), 'trawl-ena-'));
  let ena: Ena | undefined;
  const standing = (): Ena => {
    if (ena === undefined) throw new Error('the stand-in for ENA does not stand');
    return ena;
  };
  beforeAll(async () => {
    ena = await startEna({ filesDir, totalBytes: 2_000_000 });
  });
  beforeEach(() => standing().control.reset());
  afterAll(async () => {
    await ena?.stop();
    rmSync(filesDir, { recursive: true });
  });
  return standing;
}
