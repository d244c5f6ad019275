import { SourceId } from '../ids';

export type ParsedId = { readonly outcome: 'valid'; readonly sourceId: string } | { readonly outcome: 'invalid'; readonly reason: string };

const MAX_TAX_ID = 2_147_483_647;

/**
 * One id as people write it: `562`, `009606`, `taxon:562`, `PRJEB1787`, `prjeb1787`, `study:PRJEB1787`, `ERP013565`. Pure; says what is
 * wrong with any other. A secondary study accession is valid and no identity: ENA is asked for the primary one before a source is made.
 */
export function parseSourceId(text: string): ParsedId {
  const trimmed = text.trim();
  const match = /^(?:(taxon|study)[:-])?([A-Za-z0-9-]+)$/i.exec(trimmed);
  if (trimmed === '') return invalid('is empty');
  if (!match) return invalid('holds characters that no taxon or accession has; write 562, taxon:562 or PRJEB1787');
  const kind = match[1]?.toLowerCase();
  const value = match[2] ?? '';
  if (/^-?\d+$/.test(value) && kind !== 'study') return parseTaxon(value);
  if (kind === 'taxon') return invalid('a taxon is given by its number, for example taxon:562');
  return parseStudy(value.toUpperCase());
}

function parseTaxon(digits: string): ParsedId {
  const number = Number(digits);
  if (number <= 0) return invalid('a taxon number is greater than 0');
  if (number > MAX_TAX_ID) return invalid('is larger than any taxon number');
  return { outcome: 'valid', sourceId: `taxon:${number}` };
}

function parseStudy(accession: string): ParsedId {
  const sourceId = `study:${accession}`;
  if (SourceId.safeParse(sourceId).success) return { outcome: 'valid', sourceId };
  if (/^[EDS]RP\d{6,9}$/.test(accession)) return { outcome: 'valid', sourceId };
  if (/^[EDS]RP/.test(accession))
    return invalid('is not a whole study accession: ERP, SRP or DRP and 6 to 9 digits, for example ERP013565');
  if (/^[EDS]R[RXS]\d+$/.test(accession) || /^SAM[EDN]/.test(accession))
    return invalid('is no study: a source is a taxon or a study (PRJ…)');
  if (/^PRJ/.test(accession)) return invalid('is not a whole study accession: PRJEB, PRJNA or PRJDB and a number, for example PRJEB1787');
  return invalid('is neither a taxon number nor a study accession (PRJ…, ERP…, SRP…, DRP…)');
}

const invalid = (reason: string): ParsedId => ({ outcome: 'invalid', reason });
