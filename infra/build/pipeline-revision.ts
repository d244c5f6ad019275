import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * Revision of a pipeline folder: the first 12 hex digits of the sha256 over its sorted lines `<sha256>  <relative path>\n`, the same
 * number that `slurm/kit.py revision` prints on the cluster. Results of a changed pipeline get paths of their own, but for those of *fetch* (ADR 0022).
 */
export function pipelineRevision(folder: string): string {
  const lines = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${relative(folder, path).split(sep).join('/')}\n`)
    .sort();
  return createHash('sha256').update(lines.join('')).digest('hex').slice(0, 12);
}
