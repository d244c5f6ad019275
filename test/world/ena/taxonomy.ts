import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Recorded = z.object({ 'tax-id': z.record(z.string(), z.record(z.string(), z.unknown())) });
const Tree = z.object({
  nodes: z.record(z.string(), z.object({ parent: z.string(), scientificName: z.string(), rank: z.string() })),
  merged: z.record(z.string(), z.string()),
});

/** The small tree behind `tax_tree` and the taxonomy service. */
export interface Taxonomy {
  /** True for the taxon itself and everything below it; a taxon outside the tree is only itself. */
  isWithin(taxId: string, ancestor: string): boolean;
  /** The object that `tax-id/{id}` answers, or undefined where ENA says `No results.`; a merged id answers as the taxon it became. */
  find(taxId: string): Readonly<Record<string, unknown>> | undefined;
}

/** Recorded answers first, word for word; for other taxa an object with the same keys from the tree, optional keys left out. */
export function loadTaxonomy(dataDirectory: string): Taxonomy {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(dataDirectory, name), 'utf8'));
  const recorded = Recorded.parse(read('taxonomy.json'))['tax-id'];
  const { nodes, merged } = Tree.parse(read('tree.json'));

  const ancestorsOf = (taxId: string): readonly string[] => {
    const parent = nodes[taxId]?.parent;
    return parent === undefined || parent === '' ? [] : [...ancestorsOf(parent), parent];
  };
  // As in the recorded answers: names without root and "cellular organisms", each followed by "; ".
  const lineageOf = (taxId: string): string =>
    ancestorsOf(taxId)
      .filter((ancestor) => ancestor !== '1' && ancestor !== '131567')
      .map((ancestor) => `${nodes[ancestor]?.scientificName ?? ''}; `)
      .join('');

  return {
    isWithin: (taxId, ancestor) => taxId === ancestor || ancestorsOf(taxId).includes(ancestor),
    find: (asked) => {
      const taxId = merged[asked] ?? asked;
      const node = nodes[taxId];
      if (recorded[taxId] !== undefined || node === undefined) return recorded[taxId];
      const { scientificName, rank } = node;
      const isFormal = rank === 'species' ? 'true' : 'false';
      return { taxId, scientificName, formalName: isFormal, rank, lineage: lineageOf(taxId), submittable: isFormal };
    },
  };
}
