import type { Source } from '../entities';
import type { FilterDocument } from '../filters/document-schema';
import { readFilters, type Found } from '../filters/read-filters';
import { filtersVersion } from '../filters/version';
import { checkSoon } from '../sources/check-soon';
import type { Deps } from '../use-cases/deps';

export type FiltersSet =
  | { readonly outcome: 'set'; readonly source: Source }
  /** They are these filters already. */
  | { readonly outcome: 'unchanged'; readonly source: Source }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'invalid'; readonly problems: readonly Found[] }
  | { readonly outcome: 'missing' };

interface SetRequest {
  /** What the person looked at (`filtersVersion`). */
  readonly version: string;
  readonly document: unknown;
  readonly actor: string;
}
const TRIES = 5;

/**
 * Sets the filters of a source and has it checked soon: the next cycle judges all its runs by them. Refused where the filters or the
 * listing are others than those that were looked at; a write to anything else of the source in between is no reason. Repeating it after
 * it was done is *unchanged*. Runs that are at home and become excluded keep their results.
 */
export async function setFilters(
  deps: Pick<Deps, 'stores' | 'now'>,
  sourceId: string,
  { version, document, actor }: SetRequest,
): Promise<FiltersSet> {
  const read = readFilters(document);
  if (read.outcome === 'invalid') return { outcome: 'invalid', problems: read.problems };
  const filters = read.filters.rules.length === 0 ? undefined : read.filters;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const source = await deps.stores.sources.get(sourceId);
    if (source === undefined) return { outcome: 'missing' };
    if (isSame(source, filters)) return { outcome: 'unchanged', source };
    if (filtersVersion(source) !== version) {
      return { outcome: 'refused', reason: `its filters or its listing changed since version ${version}; look at a new preview` };
    }
    const written = await write(deps, source, filters, actor);
    if (written.outcome === 'written') return { outcome: 'set', source: written.item };
  }
  return { outcome: 'refused', reason: 'it is changed by others all the time; try again' };
}

const isSame = ({ filters, listingCycle }: Source, wanted: FilterDocument | undefined): boolean =>
  filtersVersion({ filters, listingCycle }) === filtersVersion({ filters: wanted, listingCycle });

function write(deps: Pick<Deps, 'stores' | 'now'>, source: Source, filters: FilterDocument | undefined, actor: string) {
  const { sourceId } = source;
  const now = deps.now();
  const detail = `${told(source.filters)} → ${told(filters)}`.slice(0, 1000);
  const event = { entityId: sourceId, sourceId, at: now.toISOString(), type: 'filters-set', actor, detail };
  const soon = checkSoon(source, now);
  const set = filters === undefined ? soon : { ...soon, filters };
  return deps.stores.sources.change(source, set, event, filters === undefined ? ['filters'] : []);
}

/** The rules in short, for the history. */
const told = (filters: FilterDocument | undefined): string =>
  filters === undefined
    ? 'defaults'
    : filters.rules.map(({ rule, parameters, off }) => (off ? `${rule} off` : `${rule} ${JSON.stringify(parameters)}`)).join(', ');
