import type { Source } from '../entities';
import { renderQuery } from './extra-query';

/**
 * The search query of a source; conditions may be added with AND. A study is asked for by both of its accession columns: which one ENA
 * has filled depends on its age.
 */
export function listingQuery(source: Pick<Source, 'sourceId' | 'includeSubtree' | 'extraQuery'>): string {
  const own = ownQuery(source);
  return source.extraQuery === undefined ? own : `${own} AND (${renderQuery(source.extraQuery)})`;
}

function ownQuery(source: Pick<Source, 'sourceId' | 'includeSubtree'>): string {
  const [kind = '', id = ''] = source.sourceId.split(':');
  if (kind === 'taxon') return `${source.includeSubtree ? 'tax_tree' : 'tax_eq'}(${id})`;
  return studyQuery(id);
}

export const studyQuery = (accession: string): string => `(study_accession="${accession}" OR secondary_study_accession="${accession}")`;
