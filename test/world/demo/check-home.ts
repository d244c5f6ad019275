import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { EnaControl } from '../ena/control';

export interface HomeFile {
  readonly path: string;
  readonly accession: string;
  readonly bytes: number;
  readonly md5: string;
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Every published file under ROOT/runs, hashed here and now by this harness: no product code, no report of a worker. */
export async function filesAtHome(root: string): Promise<readonly HomeFile[]> {
  const runs = join(root, 'runs');
  if (!existsSync(runs)) return [];
  const paths = readdirSync(runs, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.fastq.gz'));
  const files: HomeFile[] = [];
  for (const path of paths.sort()) {
    const full = join(runs, path);
    files.push({ path, accession: path.split('/')[1] ?? '', bytes: statSync(full).size, md5: await md5Of(full) });
  }
  return files;
}

const Quality = z.object({ reads: z.number().positive(), q30: z.number(), verdict: z.string() });

/** What quality control found of each run of a source, by the links that lie beside its samplesheet. */
export function qualityAtHome(root: string, sourceId: string): readonly z.infer<typeof Quality>[] {
  const folder = join(root, 'sources', sourceId.replace(':', '-'), 'stages', 'quality-control');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((run) => Quality.parse(JSON.parse(readFileSync(join(folder, run, 'quality.json'), 'utf8'))));
}

/** Which of them are, to the byte, a file that the archive serves under that name. */
export async function agreeingWithArchive(files: readonly HomeFile[], ena: EnaControl): Promise<readonly HomeFile[]> {
  const served = new Set((await ena.files()).map(({ path, bytes, md5 }) => `${basename(path)} ${bytes} ${md5}`));
  return files.filter(({ path, bytes, md5 }) => served.has(`${basename(path)} ${bytes} ${md5}`));
}
