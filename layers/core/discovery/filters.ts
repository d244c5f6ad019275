import { z } from 'zod';
import type { Source } from '../entities';
import type { ListingRow } from './columns';

/** What a filter rule looks at: the row as listed, and the files that the file rules chose. */
export interface Candidate {
  readonly row: Pick<ListingRow, FilterColumn>;
  readonly filesBytes: number;
}
export type FilterColumn =
  'instrument_platform' | 'library_strategy' | 'library_source' | 'library_selection' | 'library_layout' | 'base_count' | 'first_public';

interface RuleKind<P> {
  /** Column without which a dry run cannot apply the rule. */
  readonly column: FilterColumn | 'fastq_bytes';
  readonly parameters: z.ZodType<P>;
  /** Why the run is left out, in words; undefined lets it pass. */
  readonly excludes: (candidate: Candidate, parameters: P) => string | undefined;
}

const Words = z.strictObject({ anyOf: z.array(z.string().min(1)).min(1) });
const Day = z.iso.date();

/** A value outside the list is left out. ENA's vocabulary is compared without regard to case. */
const oneOf = (column: FilterColumn): RuleKind<z.infer<typeof Words>> => ({
  column,
  parameters: Words,
  excludes: ({ row }, { anyOf }) => {
    const value = row[column];
    return anyOf.some((word) => word.toLowerCase() === value.toLowerCase())
      ? undefined
      : `${column} is ${value === '' ? 'not given' : value}, not ${anyOf.join(' or ')}`;
  },
});

const minBaseCount: RuleKind<{ readonly bases: number }> = {
  column: 'base_count',
  parameters: z.strictObject({ bases: z.number().int().positive() }),
  // ENA leaves the count empty, or 0, for runs that it did not parse (PacBio, ONT, BAM): unknown is not too few.
  excludes: ({ row }, { bases }) =>
    Number(row.base_count) > 0 && Number(row.base_count) < bases ? `${row.base_count} bases, fewer than ${bases}` : undefined,
};
const maxRunBytes: RuleKind<{ readonly bytes: number }> = {
  column: 'fastq_bytes',
  parameters: z.strictObject({ bytes: z.number().int().positive() }),
  excludes: ({ filesBytes }, { bytes }) => (filesBytes > bytes ? `${filesBytes} bytes, more than ${bytes}` : undefined),
};
const firstPublic: RuleKind<{ readonly from?: string | undefined; readonly to?: string | undefined }> = {
  column: 'first_public',
  parameters: z.strictObject({ from: Day.optional(), to: Day.optional() }),
  excludes: ({ row: { first_public: day } }, { from, to }) => {
    if (from !== undefined && day < from) return `first public ${day || 'on an unknown day'}, before ${from}`;
    return to !== undefined && day > to ? `first public ${day}, after ${to}` : undefined;
  },
};

/** All rules there are. `max-run-bytes {bytes}`, `min-base-count {bases}`, `first-public {from?, to?}`, the others `{anyOf}`. */
export const FILTER_RULES = {
  platform: oneOf('instrument_platform'),
  strategy: oneOf('library_strategy'),
  source: oneOf('library_source'),
  selection: oneOf('library_selection'),
  layout: oneOf('library_layout'),
  'min-base-count': minBaseCount,
  'first-public': firstPublic,
  'max-run-bytes': maxRunBytes,
} as const;
export type FilterRule = keyof typeof FILTER_RULES;

type FilterSetting = NonNullable<Source['filters']>[number];

/** Holds for every source that says nothing else: only what no worker could hold is left out. */
export const DEFAULT_FILTERS: readonly FilterSetting[] = [{ rule: 'max-run-bytes', parameters: { bytes: 500_000_000_000 } }];

export interface ActiveRule {
  readonly rule: FilterRule;
  readonly column: FilterColumn | 'fastq_bytes';
  readonly excludes: (candidate: Candidate) => string | undefined;
}
export type FilterChain =
  { readonly outcome: 'ok'; readonly rules: readonly ActiveRule[] } | { readonly outcome: 'invalid'; readonly detail: string };

/**
 * The chain of a source: the defaults, each replaced by the source's own setting of that rule; a setting without parameters turns its
 * rule off; other settings follow in their order. Pure; every setting is checked before the first run is judged.
 */
export function filterChain(own: readonly FilterSetting[] = [], defaults: readonly FilterSetting[] = DEFAULT_FILTERS): FilterChain {
  const settings = new Map([...defaults, ...own].map(({ rule, parameters }) => [rule, parameters]));
  const rules: ActiveRule[] = [];
  for (const [rule, parameters] of settings) {
    if (!isFilterRule(rule)) return { outcome: 'invalid', detail: `there is no filter rule "${rule}"` };
    if (parameters === undefined) continue;
    const active = activate(rule, FILTER_RULES[rule] as RuleKind<unknown>, parameters);
    if (typeof active === 'string') return { outcome: 'invalid', detail: active };
    rules.push(active);
  }
  return { outcome: 'ok', rules };
}

const isFilterRule = (rule: string): rule is FilterRule => Object.hasOwn(FILTER_RULES, rule);

function activate(rule: FilterRule, kind: RuleKind<unknown>, parameters: unknown): ActiveRule | string {
  const parsed = kind.parameters.safeParse(parameters);
  if (!parsed.success) return `filter rule "${rule}": ${z.prettifyError(parsed.error)}`;
  return { rule, column: kind.column, excludes: (candidate) => kind.excludes(candidate, parsed.data) };
}
