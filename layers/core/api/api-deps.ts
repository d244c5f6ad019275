import type { FilterDocument } from '../filters/document-schema';
import { z } from 'zod';
import type { Caps } from '../dispatch/eligibility';
import type { Budget } from '../money/budget';
import { isIdentity } from '../ids';
import type { NewId } from '../ports/outside';
import type { Deps } from '../use-cases/deps';
import { refused, type ApiAnswer } from './http';
import type { Places } from './places';
import { parseSourceId } from './source-ids';

/** What the routes need. */
export interface ApiDeps extends Pick<Deps, 'stores' | 'objects' | 'machines' | 'now'> {
  readonly places: Places;
  readonly caps: Caps;
  readonly budget: Budget;
  /** Hold for every source that says nothing else. */
  readonly filterDefaults: FilterDocument;
  /** How long a worker is held before Trawl ends the hold itself. */
  readonly holdSeconds: number;
  readonly newId: NewId;
  /** A line of log for what did not go well and does not concern the caller. */
  readonly warn: (message: string) => void;
}

/** `{id}` of a path, in any form that people write: `taxon:562`, `taxon-562`, `562`, `PRJEB1787`. */
export const SourceParams = z.object({
  sourceId: z.string().transform((text, context): string => {
    const parsed = parseSourceId(text);
    if (parsed.outcome === 'valid') return parsed.sourceId;
    context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} ${parsed.reason}` });
    return z.NEVER;
  }),
});

/** `limit` and `cursor`; a cursor is what the page before gave. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  cursor: z
    .string()
    .regex(/^[\w:.+/=-]{1,2000}$/, 'is not a cursor that a page gave')
    .optional(),
});
export const pageOptions = ({ limit, cursor }: z.output<typeof PageQuery>): { readonly limit: number; readonly cursor?: string } => ({
  limit,
  ...(cursor === undefined ? {} : { cursor }),
});

export const unknownSource = (sourceId: string): ApiAnswer => {
  const hint = isIdentity(sourceId) ? '' : ': a study is followed under its primary accession (PRJ…)';
  return refused(404, 'source-unknown', `${sourceId} is not followed here${hint}`);
};
