import { isIdentity } from '../ids';
import type { EnaPortal } from '../ports/ena';

export type Resolved =
  /** `note`: where ENA has it under another id than the one asked for. */
  | { readonly outcome: 'known'; readonly sourceId: string; readonly name?: string; readonly note?: string }
  | { readonly outcome: 'unknown'; readonly sourceId: string; readonly detail: string };

/**
 * Asks ENA what an id stands for: a merged taxon is followed to the one it became, a secondary study accession to its primary one.
 * One question; never retries. @throws ArchiveUnavailableError
 */
export async function resolveSource(ena: Pick<EnaPortal, 'study' | 'taxon'>, askedId: string): Promise<Resolved> {
  const [kind, id = ''] = askedId.split(':');
  return kind === 'taxon' ? resolveTaxon(ena, Number(id)) : resolveStudy(ena, id);
}

async function resolveTaxon(ena: Pick<EnaPortal, 'taxon'>, taxId: number): Promise<Resolved> {
  const answer = await ena.taxon(taxId);
  if (answer.outcome === 'unknown') return { outcome: 'unknown', sourceId: `taxon:${taxId}`, detail: `ENA knows no taxon ${taxId}` };
  const { taxId: current, scientificName: name } = answer;
  const note = current === taxId ? {} : { note: `taxon ${taxId} was merged into ${current} (${name})` };
  return { outcome: 'known', sourceId: `taxon:${current}`, name, ...note };
}

async function resolveStudy(ena: Pick<EnaPortal, 'study'>, accession: string): Promise<Resolved> {
  const answer = await ena.study(accession);
  const sourceId = answer.outcome === 'found' ? `study:${answer.primary}` : '';
  if (answer.outcome === 'unknown' || !isIdentity(sourceId)) {
    return {
      outcome: 'unknown',
      sourceId: `study:${accession}`,
      detail: `ENA shows no runs of a study ${accession}: there is none, or it is private`,
    };
  }
  const note = answer.primary === accession ? {} : { note: `${accession} is ${answer.primary}` };
  return { outcome: 'known', sourceId, ...(answer.title !== undefined && { name: answer.title }), ...note };
}
