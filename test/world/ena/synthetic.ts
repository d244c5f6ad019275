import type { Synthetic } from './control-schema';
import { fileNames } from './recorded';
import type { Row } from './tables';

const FIRST_ACCESSION = 30_000_000;
/** More than any study has, so that no two share an accession. */
const STUDY_ACCESSIONS = 10_000_000;
const DAY_MILLISECONDS = 86_400_000;
const FIRST_DAY = Date.parse('2010-01-01') / DAY_MILLISECONDS;
const DAYS = 5_800;

/**
 * As many rows as asked for, made from the models by re-numbering: accession, file names and days are their own, all else is a model's.
 * @param number of the study, from 0: its accessions are its own
 */
export function syntheticRows({ count, study, fields }: Synthetic, number: number, models: readonly Row[]): readonly Row[] {
  return Array.from({ length: count }, (_, at) => {
    const model = models[at % models.length] ?? {};
    const accession = `ERR${FIRST_ACCESSION + number * STUDY_ACCESSIONS + at}`;
    const day = FIRST_DAY + Math.floor((at * DAYS) / count);
    return {
      ...model,
      study_accession: study,
      secondary_study_accession: '',
      run_accession: accession,
      first_public: dayOf(day),
      last_updated: dayOf(day + 3),
      fastq_ftp: fileNames(model)
        .map((name) => `ftp.sra.ebi.ac.uk/vol1/fastq/${accession.slice(0, 6)}/${accession}/${name.replace(/^[A-Z]+\d+/, accession)}`)
        .join(';'),
      ...fields,
    };
  });
}

const dayOf = (number: number): string => new Date(number * DAY_MILLISECONDS).toISOString().slice(0, 10);
