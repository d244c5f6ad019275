import { z } from 'zod';
import { SEARCH_FIELDS } from './search-fields';

export const OPERATORS = ['=', '!=', '>=', '<=', '>', '<'] as const;
type Operator = (typeof OPERATORS)[number];
export interface Condition {
  readonly field: string;
  readonly operator: Operator;
  readonly value: string | number;
}
/** What a source's runs must meet besides belonging to it: a condition, or several that all, any or must not hold. */
export type ExtraQuery =
  Condition | { readonly all: readonly ExtraQuery[] } | { readonly any: readonly ExtraQuery[] } | { readonly not: ExtraQuery };

export interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}
const DEPTH_LIMIT = 5;
const CONDITION_LIMIT = 50;
const VALUE_LIMIT = 200;
const FORM = 'is neither a condition {field, operator, value} nor {all: […]}, {any: […]} or {not: …}';
/** What could end the quotes that a value is put into, or is no text that anybody searches for. */
const UNSAFE = /["\\\p{Cc}]/u;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const has = (value: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean =>
  Object.keys(value).length === names.length && names.every((name) => name in value);

/** Everything that is wrong with a query, each with its place; none: it is an `ExtraQuery`. Pure. */
export function judgeQuery(value: unknown): readonly Issue[] {
  const issues = judge(value, [], 1);
  const conditions = countConditions(value);
  if (conditions <= CONDITION_LIMIT) return issues;
  return [...issues, { path: [], message: `has ${conditions} conditions; at most ${CONDITION_LIMIT} can be sent` }];
}

function judge(value: unknown, path: readonly (string | number)[], depth: number): readonly Issue[] {
  if (depth > DEPTH_LIMIT) return [{ path, message: `is nested deeper than ${DEPTH_LIMIT}` }];
  if (!isObject(value)) return [{ path, message: FORM }];
  if (has(value, 'not')) return judge(value['not'], [...path, 'not'], depth + 1);
  if (has(value, 'field', 'operator', 'value')) return judgeCondition(value, path);
  const [name] = Object.keys(value);
  if (!has(value, 'all') && !has(value, 'any')) return [{ path, message: FORM }];
  const key = name ?? '';
  const items = value[key];
  if (!Array.isArray(items) || items.length === 0) return [{ path: [...path, key], message: 'is not a list of one or more' }];
  return items.flatMap((item, at) => judge(item, [...path, key, at], depth + 1));
}

function judgeCondition(condition: Readonly<Record<string, unknown>>, path: readonly (string | number)[]): readonly Issue[] {
  const { field, operator, value } = condition;
  const type = SEARCH_FIELDS.get(String(field));
  const issues: Issue[] = [];
  const wrong = (at: string, message: string): void => void issues.push({ path: [...path, at], message });
  if (type === undefined) wrong('field', `ENA searches by no field ${JSON.stringify(field)}; see "trawl set --help"`);
  if (!OPERATORS.some((known) => known === operator)) wrong('operator', `is none of ${OPERATORS.join(' ')}`);
  else if (type === 'text' && operator !== '=' && operator !== '!=')
    wrong('operator', `${String(field)} is a text: only = and != compare it`);
  const bad = valueFault(value, type);
  if (bad !== undefined) wrong('value', bad);
  return issues;
}

function valueFault(value: unknown, type: string | undefined): string | undefined {
  if (type === 'number' || (type === undefined && typeof value === 'number')) return isNumber(value) ? undefined : 'is not a number';
  if (typeof value !== 'string' || value.trim() === '') return 'is not a text';
  if (value.length > VALUE_LIMIT) return `is longer than ${VALUE_LIMIT} characters`;
  if (UNSAFE.test(value)) return 'holds a quotation mark, a backslash or a control character';
  return type === 'date' && (!DATE.test(value) || Number.isNaN(Date.parse(value))) ? 'is not a date such as 2024-01-31' : undefined;
}
const isNumber = (value: unknown): boolean =>
  typeof value === 'number'
    ? Number.isFinite(value) && Math.abs(value) < 1e15
    : typeof value === 'string' && /^-?\d{1,15}(\.\d{1,6})?$/.test(value);

function countConditions(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + countConditions(item), 0);
  if (!isObject(value)) return 0;
  return 'field' in value ? 1 : Object.values(value).reduce((sum: number, item) => sum + countConditions(item), 0);
}

/** As it comes from a person; every fault is named with its place. */
export const ExtraQuery = z.unknown().transform((value, context): ExtraQuery => {
  const issues = judgeQuery(value);
  issues.forEach(({ path, message }) => context.addIssue({ code: 'custom', path: [...path], message }));
  return issues.length === 0 ? (value as ExtraQuery) : z.NEVER;
});

/** As ENA's query language writes it; texts in quotes, every group in parentheses. For a query that was judged. Pure. */
export function renderQuery(query: ExtraQuery): string {
  if ('not' in query) return `NOT (${renderQuery(query.not)})`;
  if ('all' in query) return `(${query.all.map(renderQuery).join(' AND ')})`;
  if ('any' in query) return `(${query.any.map(renderQuery).join(' OR ')})`;
  const { field, operator, value } = query;
  return `${field}${operator}${SEARCH_FIELDS.get(field) === 'text' ? `"${value}"` : value}`;
}
