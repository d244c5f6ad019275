import { isFilterRule, ruleKind, type FilterRule } from '../filters/rules';
import type { FilterDocument, FilterSetting } from '../filters/document-schema';
import type { Excludes, RuleKind } from '../filters/rule-kind';
import { inOneLine, readFilters, type Found } from '../filters/read-filters';

export type { Candidate } from '../filters/rule-kind';

export interface ActiveRule {
  readonly rule: FilterRule;
  readonly columns: RuleKind<unknown>['columns'];
  readonly parameters: unknown;
  /** Who asks for it: the source itself, or the default for all sources of the installation. */
  readonly from: 'default' | 'source';
  readonly excludes: Excludes;
}
export type FilterChain =
  | { readonly outcome: 'ok'; readonly rules: readonly ActiveRule[] }
  | { readonly outcome: 'invalid'; readonly detail: string; readonly problems: readonly Found[] };

const NONE: FilterDocument = { v: 1, rules: [] };

/**
 * The chain of a source: the defaults, each replaced in its place by the source's own setting of that rule or turned off by it; the
 * source's other rules follow in their order. Pure; the whole document is checked before the first run is judged.
 */
export function filterChain(own: FilterDocument | undefined, defaults: FilterDocument): FilterChain {
  const read = readFilters(own ?? NONE, defaults);
  if (read.outcome === 'invalid') return { outcome: 'invalid', detail: inOneLine(read.problems), problems: read.problems };
  const settings = new Map<string, FilterSetting & Pick<ActiveRule, 'from'>>();
  for (const setting of defaults.rules) settings.set(setting.rule, { ...setting, from: 'default' });
  for (const setting of read.filters.rules) settings.set(setting.rule, { ...setting, from: 'source' });
  const rules = [...settings.values()].flatMap(({ rule, parameters, off, from }) =>
    isFilterRule(rule) && off === undefined ? [active(rule, parameters, from)] : [],
  );
  return { outcome: 'ok', rules };
}

function active(rule: FilterRule, parameters: unknown, from: ActiveRule['from']): ActiveRule {
  const kind = ruleKind(rule);
  return { rule, columns: kind.columns, parameters, from, excludes: kind.judge(kind.parameters.parse(parameters)) };
}
