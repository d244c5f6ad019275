import { z } from 'zod';
import { basesFor, type Depth, type Range } from './count-rules';
import { FilterDocument } from './document-schema';
import { meant } from './nearest';
import { DEFAULT_FILTERS, FILTER_RULE_NAMES, isFilterRule, ruleKind, type FilterRule } from './rules';

/** What is wrong, or worth a remark, and where in the document: `rules[2].parameters.anyOf[0]`; empty for the document as a whole. */
export interface Found {
  readonly at: string;
  readonly message: string;
}
/** Every problem at once. A warning refuses nothing. */
export type FiltersRead =
  | { readonly outcome: 'valid'; readonly filters: FilterDocument; readonly warnings: readonly Found[] }
  | { readonly outcome: 'invalid'; readonly problems: readonly Found[]; readonly warnings: readonly Found[] };

/** A document is kept in the source's item, which is read all the time. */
export const FILTERS_LIMIT_BYTES = 8_192;

type Path = readonly (PropertyKey | number)[];
/** `['rules', 2, 'parameters']` as `rules[2].parameters`. */
export const placeOf = (path: Path): string =>
  path.map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`)).join('');

/** Reads a filter document; pure. Nothing of it holds where one part is wrong. @param defaults what it can turn off */
export function readFilters(value: unknown, defaults: FilterDocument = DEFAULT_FILTERS): FiltersRead {
  const rules: readonly unknown[] = isObject(value) && Array.isArray(value['rules']) ? value['rules'] : [];
  const read = rules.map((rule, at) => ofRule(rule, ['rules', at], defaults));
  const problems = [...ofDocument(value), ...read.flatMap((rule) => rule.problems), ...givenTwice(rules), ...contradictions(read)];
  const warnings = read.flatMap((rule) => rule.warnings);
  if (problems.length > 0) return { outcome: 'invalid', problems, warnings };
  return { outcome: 'valid', filters: FilterDocument.parse(value), warnings };
}

/** All problems in one line, for a place that has only one. */
export const inOneLine = (found: readonly Found[]): string =>
  found.map(({ at, message }) => (at === '' ? message : `${at}: ${message}`)).join('; ');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function ofDocument(value: unknown): readonly Found[] {
  if (!isObject(value)) return [{ at: '', message: 'is no filter document, which looks so: {"v": 1, "rules": []}' }];
  const found = [...unknownKeys(value, ['v', 'rules'], [])];
  if (value['v'] !== 1) {
    const said = value['v'] === undefined ? 'is missing' : `is ${JSON.stringify(value['v'])}`;
    found.push({ at: 'v', message: `${said}; this version of Trawl reads documents of v 1` });
  }
  if (!Array.isArray(value['rules'])) {
    found.push({ at: 'rules', message: value['rules'] === undefined ? 'is missing; [] for none' : 'is no list of rules' });
  }
  const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
  if (bytes > FILTERS_LIMIT_BYTES) found.push({ at: '', message: `has ${bytes} bytes, more than ${FILTERS_LIMIT_BYTES}` });
  return found;
}

const unknownKeys = (value: object, known: readonly string[], path: Path): Found[] =>
  Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({ at: placeOf([...path, key]), message: `is not known here${meant(key, known)}` }));

interface RuleRead {
  readonly problems: readonly Found[];
  readonly warnings: readonly Found[];
  /** Of a rule whose parameters are sound. */
  readonly rule?: FilterRule;
  readonly parameters?: unknown;
}

function ofRule(value: unknown, path: Path, defaults: FilterDocument): RuleRead {
  const at = placeOf(path);
  if (!isObject(value)) return { problems: [{ at, message: `is no rule, which looks so: ${RULE_EXAMPLE}` }], warnings: [] };
  const problems = unknownKeys(value, ['rule', 'parameters', 'off'], path);
  const { rule, parameters, off } = value;
  if (off !== undefined && off !== true) problems.push({ at: placeOf([...path, 'off']), message: 'is true or not there' });
  if (off === true && parameters !== undefined) problems.push({ at, message: 'has parameters and is off: one of them too many' });
  if (typeof rule !== 'string' || !isFilterRule(rule)) {
    return { problems: [...problems, { at: placeOf([...path, 'rule']), message: unknownRule(rule) }], warnings: [] };
  }
  if (off === true) return { problems, warnings: offForNothing(rule, at, defaults) };
  const found = off === undefined ? ofParameters(rule, parameters, [...path, 'parameters']) : NOTHING;
  return { ...found, problems: [...problems, ...found.problems] };
}
const RULE_EXAMPLE = '{"rule": "layout", "parameters": {"anyOf": ["PAIRED"]}}';
const NOTHING: RuleRead = { problems: [], warnings: [] };

const unknownRule = (rule: unknown): string => {
  if (rule === undefined) return `is missing; the rules are ${FILTER_RULE_NAMES.join(', ')}`;
  const near = typeof rule === 'string' ? meant(rule, FILTER_RULE_NAMES) : '';
  return `there is no filter rule ${JSON.stringify(rule)}${near === '' ? `; the rules are ${FILTER_RULE_NAMES.join(', ')}` : near}`;
};

const offForNothing = (rule: string, at: string, defaults: FilterDocument): readonly Found[] =>
  defaults.rules.some((one) => one.rule === rule)
    ? []
    : [{ at, message: `${rule} is not on unless a source asks for it: turning it off changes nothing` }];

function ofParameters(rule: FilterRule, parameters: unknown, path: Path): RuleRead {
  const kind = ruleKind(rule);
  if (!isObject(parameters)) {
    const said = parameters === undefined ? 'is missing' : 'is no object';
    return { problems: [{ at: placeOf(path), message: `${said}; for example ${JSON.stringify(kind.example)}` }], warnings: [] };
  }
  const known = kind.parameters instanceof z.ZodObject ? Object.keys(kind.parameters.shape) : [];
  const unknown = unknownKeys(parameters, known, path);
  // Without the unknown ones, so that they do not hide what else is wrong.
  const parsed = kind.parameters.safeParse(Object.fromEntries(Object.entries(parameters).filter(([key]) => known.includes(key))));
  if (!parsed.success) {
    const found = parsed.error.issues.map((issue) => ({ at: placeOf([...path, ...issue.path]), message: messageOf(issue) }));
    return { problems: [...unknown, ...found], warnings: [] };
  }
  const remarks = kind.remarks?.(parsed.data) ?? [];
  const warnings = remarks.map(({ path: within, message }) => ({ at: placeOf([...path, ...within]), message }));
  return { problems: unknown, warnings, rule, parameters: parsed.data };
}

const messageOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_type' && issue.message.endsWith('received undefined') ? 'is missing' : issue.message;

function givenTwice(rules: readonly unknown[]): readonly Found[] {
  const first = new Map<unknown, number>();
  return rules.flatMap((value, at) => {
    const rule = isObject(value) ? value['rule'] : undefined;
    const before = first.get(rule);
    if (typeof rule !== 'string' || before === undefined) {
      first.set(rule, at);
      return [];
    }
    return [{ at: placeOf(['rules', at]), message: `${rule} is given already at ${placeOf(['rules', before])}; put both into one` }];
  });
}

/** Rules that are sound one by one and let no run pass together. */
function contradictions(read: readonly RuleRead[]): readonly Found[] {
  const find = (name: FilterRule): { readonly at: number; readonly parameters: unknown } => {
    const at = read.findIndex(({ rule }) => rule === name);
    return { at, parameters: read[at]?.parameters };
  };
  const count = find('base-count');
  const depth = find('min-depth');
  const most = (count.parameters as Range | undefined)?.max;
  const least = depth.parameters === undefined ? undefined : basesFor(depth.parameters as Depth);
  if (most === undefined || least === undefined || least <= most) return [];
  const message = `contradicts ${placeOf(['rules', count.at])}: it asks for ${least} bases, and base-count lets at most ${most} pass`;
  return [{ at: placeOf(['rules', depth.at, 'parameters']), message }];
}
