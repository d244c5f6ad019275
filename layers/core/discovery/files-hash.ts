import { createHash } from 'node:crypto';

/** Identity of a set of files: lower-case hex sha256 over lines of name, bytes and md5 (tabs between), sorted by name. Pure; the order given does not matter. */
export function filesHashOf(files: readonly { readonly name: string; readonly bytes: number; readonly md5: string }[]): string {
  const lines = files.map(({ name, bytes, md5 }) => `${name}\t${bytes}\t${md5}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}
