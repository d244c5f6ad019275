import { parse } from 'csv-parse/sync';
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Installation } from '../../world/installation/installation';

const folderOf = ({ cluster }: Installation, sourceId: string): string => join(cluster.root, 'sources', sourceId.replace(':', '-'));

/** A source's links: accession and the folder that it leads to. */
export function linksOf(installation: Installation, sourceId: string): ReadonlyMap<string, string> {
  const folder = join(folderOf(installation, sourceId), 'links');
  return new Map(
    readdirSync(folder)
      .sort()
      .map((accession) => [accession, realpathSync(join(folder, accession))]),
  );
}

const SheetRow = z.looseObject({ sample: z.string(), fastq_1: z.string(), fastq_2: z.string(), run_accession: z.string() });

export const samplesheetOf = (installation: Installation, sourceId: string): readonly z.infer<typeof SheetRow>[] =>
  z.array(SheetRow).parse(parse(readFileSync(join(folderOf(installation, sourceId), 'samplesheet.csv')), { columns: true }));

/** When a source's samplesheet and run table were written, and as which files: equal answers, nothing was written between them. */
export const indexIdentity = (installation: Installation, sourceId: string): readonly string[] =>
  ['samplesheet.csv', 'runs.tsv'].map((name) => {
    const { ino, mtimeNs } = statSync(join(folderOf(installation, sourceId), name), { bigint: true });
    return `${name} ${ino} ${mtimeNs}`;
  });

/** Everything published below ROOT/runs that somebody could write to. */
export function writableAtHome({ cluster }: Installation): readonly string[] {
  const runs = join(cluster.root, 'runs');
  const inRun = (path: string): boolean => path.split('/').length > 3;
  return readdirSync(runs, { recursive: true, encoding: 'utf8' }).filter(
    (path) => inRun(path) && (lstatSync(join(runs, path)).mode & 0o222) !== 0,
  );
}

/** The published folders of one run, one for each version of its files. */
export const versionsOf = ({ cluster }: Installation, accession: string): readonly string[] =>
  readdirSync(join(cluster.root, 'runs', accession.slice(0, 6), accession)).sort();
