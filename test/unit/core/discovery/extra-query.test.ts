import fc from 'fast-check';
import { ExtraQuery, judgeQuery, OPERATORS, renderQuery, type Condition } from '../../../../layers/core/discovery/extra-query';
import { listingQuery } from '../../../../layers/core/discovery/query';
import { SEARCH_FIELDS } from '../../../../layers/core/discovery/search-fields';
import { meets, parseQuery, type Query } from '../../../world/ena/query';
import { containing } from '../../matchers';

const wgs: Condition = { field: 'library_strategy', operator: '=', value: 'WGS' };
const recent: Condition = { field: 'first_public', operator: '>=', value: '2024-01-01' };

test.each<[ExtraQuery, string]>([
  [wgs, 'library_strategy="WGS"'],
  [recent, 'first_public>=2024-01-01'],
  [{ field: 'read_count', operator: '<', value: 5 }, 'read_count<5'],
  [
    { all: [wgs, { any: [recent, { not: wgs }] }] },
    '(library_strategy="WGS" AND (first_public>=2024-01-01 OR NOT (library_strategy="WGS")))',
  ],
])('%j is written as ENA reads it', (query, text) => {
  expect(judgeQuery(query)).toEqual([]);
  expect(renderQuery(query)).toBe(text);
});

test('it narrows the listing of its source, and another condition may follow', () => {
  expect(listingQuery({ sourceId: 'taxon:562', includeSubtree: true, extraQuery: { any: [wgs, recent] } })).toBe(
    'tax_tree(562) AND ((library_strategy="WGS" OR first_public>=2024-01-01))',
  );
  expect(listingQuery({ sourceId: 'taxon:562', includeSubtree: false })).toBe('tax_eq(562)');
});

test.each([
  ['a text', 'library_strategy=WGS', [], 'is neither a condition'],
  ['a field that is none', { field: 'libary_strategy', operator: '=', value: 'WGS' }, ['field'], 'no field "libary_strategy"'],
  ['a column of files', { field: 'fastq_bytes', operator: '>=', value: 1 }, ['field'], 'no field "fastq_bytes"'],
  ['an operator that is none', { ...wgs, operator: 'LIKE' }, ['operator'], 'is none of = !='],
  ['an order of texts', { ...wgs, operator: '>=' }, ['operator'], 'only = and !='],
  ['a value that ends its quotes', { ...wgs, value: 'WGS" OR tax_tree(1) OR country="' }, ['value'], 'quotation mark'],
  ['a line break', { ...wgs, value: 'W\nGS' }, ['value'], 'control character'],
  ['a date that is none', { ...recent, value: '2024-13-01' }, ['value'], 'is not a date'],
  ['a number that is none', { field: 'read_count', operator: '>=', value: '5 OR 1=1' }, ['value'], 'is not a number'],
  ['an empty list', { all: [] }, ['all'], 'one or more'],
  ['a field too many', { ...wgs, and: 1 }, [], 'is neither a condition'],
])('%s is refused, with its place', (_, query, path, message) => {
  expect(judgeQuery(query)).toEqual([{ path, message: containing(message) }]);
});

test('every fault is named at once', () => {
  const query = { all: [{ field: 'x', operator: '~', value: '' }, { not: { any: [wgs, { field: 'y', operator: '=', value: 'z' }] } }] };
  expect(ExtraQuery.safeParse(query).error?.issues.map(({ path }) => path.join('.'))).toEqual([
    ...['all.0.field', 'all.0.operator', 'all.0.value', 'all.1.not.any.1.field'],
  ]);
});

test('more than ENA takes is refused', () => {
  expect(judgeQuery({ any: Array.from({ length: 51 }, () => wgs) })).toEqual([{ path: [], message: containing('51 conditions') }]);
  expect(judgeQuery({ not: { not: { not: { not: { not: wgs } } } } })).toMatchObject([{ message: containing('deeper') }]);
});

const condition = fc.constantFrom(...SEARCH_FIELDS).chain(([field, type]) =>
  fc.record({
    field: fc.constant(field),
    operator: fc.constantFrom(...(type === 'text' ? OPERATORS.slice(0, 2) : OPERATORS)),
    value:
      type === 'text'
        ? fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
        : type === 'number'
          ? fc.integer({ min: -1000, max: 1000 })
          : fc.constantFrom('2024-01-31', '1999-12-01'),
  }),
);
const query = fc.letrec<{ any: ExtraQuery }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    condition,
    fc.record({ all: fc.array(tie('any'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('any'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('any') }),
  ),
})).any;
const conditionsOf = (parsed: Query): readonly string[] => {
  if (parsed.kind === 'compare') return [`${parsed.field}${parsed.operator}${parsed.value}`];
  if (parsed.kind === 'not') return conditionsOf(parsed.query);
  return parsed.kind === 'and' || parsed.kind === 'or' ? [...conditionsOf(parsed.left), ...conditionsOf(parsed.right)] : [];
};
const given = (asked: ExtraQuery): readonly string[] => {
  if ('not' in asked) return given(asked.not);
  if ('all' in asked) return asked.all.flatMap(given);
  return 'any' in asked ? asked.any.flatMap(given) : [`${asked.field}${asked.operator}${asked.value}`];
};

test('whatever is accepted reads as exactly its conditions, and never reaches beyond its source', () => {
  fc.assert(
    fc.property(query, (extraQuery) => {
      if (judgeQuery(extraQuery).length > 0) return;
      const parsed = parseQuery(listingQuery({ sourceId: 'taxon:562', includeSubtree: false, extraQuery }));
      if (parsed.outcome === 'refused') throw new Error(parsed.message);
      expect(conditionsOf(parsed.query)).toEqual(given(extraQuery));
      const fits = Object.fromEntries([...SEARCH_FIELDS].map(([name]) => [name, '1']));
      expect(meets(parsed.query, { ...fits, tax_id: '9606' }, () => true)).toBe(false);
    }),
  );
});
