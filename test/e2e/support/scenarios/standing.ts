import type { Installation } from '../../../world/installation/installation';

/** The installation of the suite; to be called inside tests only. */
export type Standing = () => Installation;

/** The demo's sources: the first two share runs, the third has runs of three files and is looked at again each minute. */
export const SHARING = ['study:PRJEB28810', 'taxon:9031'] as const;
export const MINUTELY = 'study:PRJEB37886';
export const SOURCES = [...SHARING, MINUTELY] as const;
/** Suite cap of one scenario step; nothing is measured by it. */
export const CAP_MILLISECONDS = 600_000;

/** What the archive is asked, outside of the product, for each source. */
export const QUERIES: Readonly<Record<(typeof SOURCES)[number], string>> = {
  'study:PRJEB28810': 'study_accession="PRJEB28810"',
  'taxon:9031': 'tax_tree(9031)',
  'study:PRJEB37886': 'study_accession="PRJEB37886"',
};

/** A study that only this test's archive has: runs with one small file each, like one that was recorded, of a taxon nobody follows. */
export async function makeStudy({ ena }: Installation, study: string, accessions: readonly string[]): Promise<void> {
  for (const accession of accessions)
    await ena.change({ kind: 'add', accession, like: 'ERR2812382', fields: { study_accession: study, secondary_study_accession: '' } });
}
