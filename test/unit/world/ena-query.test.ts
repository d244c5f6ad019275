import fc from 'fast-check';
import { type Comparison, meets, parseQuery, type Query } from '../../world/ena/query';

const row = {
  run_accession: 'ERR1',
  tax_id: '9031',
  country: 'United Kingdom: Wales',
  first_public: '2021-03-03',
  read_count: '900',
  base_count: '',
  library_layout: 'PAIRED',
};
const isWithin = (taxId: string, ancestor: string) => taxId === ancestor || (taxId === '9031' && ancestor === '8782');

function isMet(text: string): boolean {
  const parsed = parseQuery(text);
  if (parsed.outcome === 'refused') throw new Error(parsed.message);
  return meets(parsed.query, row, isWithin);
}

describe('the query language of the ENA stand-in', () => {
  it.each([
    ['', true],
    ['tax_eq(9031)', true],
    ['tax_eq(8782)', false],
    ['tax_tree(8782)', true],
    ['tax_tree(9606)', false],
    ['library_layout="PAIRED"', true],
    ['library_layout="paired"', false],
    ['library_layout=PAIRED', true],
    ['library_layout!="SINGLE"', true],
    ['country="United*"', true],
    ['country="*Wales"', true],
    ['country="*King*Wales"', true],
    ['country="Wales*"', false],
    ['country="United Kingdom: Wales*s"', false],
    ['first_public>=2021-03-03', true],
    ['first_public>2021-03-03', false],
    ['first_public<2021-03-10 AND first_public<="2021-03-03"', true],
    ['read_count>=1000', false],
    ['read_count<1000', true],
    ['base_count<1000', false],
    ['NOT tax_eq(1)', true],
    ['NOT NOT tax_eq(1)', false],
    ['tax_eq(9031) OR tax_eq(1) AND tax_eq(2)', true],
    ['(tax_eq(9031) OR tax_eq(1)) AND tax_eq(2)', false],
    ['NOT tax_eq(1) AND tax_eq(1)', false],
    ['NOT (tax_eq(1) AND tax_eq(1))', true],
    ['  tax_eq( 9031 )  AND(read_count = 900)', true],
  ])('%j is met by the row: %s', (text, expected) => {
    expect(isMet(text)).toBe(expected);
  });

  it.each([
    'country=United Kingdom',
    'tax_eq(chicken)',
    'tax_name(Gallus)',
    'tax_eq(1',
    '(tax_eq(1)',
    'tax_eq(1))',
    'tax_eq(1) and tax_eq(2)',
    'tax_eq(1) tax_eq(2)',
    'read_count>=many',
    'read_count BETWEEN 1',
    'country="open',
    'AND',
    'NOT',
    'read_count>=',
    '"a"="b"',
    'a;b',
    `${'('.repeat(5000)}tax_eq(1)`,
  ])('refuses %.40j', (text) => {
    expect(parseQuery(text)).toMatchObject({ outcome: 'refused', message: expect.stringMatching(/^Invalid query: /) as string });
  });

  it('reads back whatever tree of conditions was written, with as few parentheses as precedence allows', () => {
    fc.assert(
      fc.property(queries, (query) => {
        expect(parseQuery(written(query))).toEqual({ outcome: 'parsed', query });
      }),
    );
  });

  it('answers any text with data, and never throws', () => {
    const fragments = fc.constantFrom(
      '(',
      ')',
      'AND',
      'OR',
      'NOT',
      '"',
      '=',
      '>=',
      ' ',
      'tax_eq',
      'tax_id',
      '9031',
      '2021-01-01',
      '*',
      'é',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(fragments, { maxLength: 30 }), (parts) => {
        expect(['parsed', 'refused']).toContain(parseQuery(parts.join('')).outcome);
      }),
    );
  });
});

const fields = fc.constantFrom('run_accession', 'read_count', 'first_public', 'country');
const comparisons: fc.Arbitrary<Comparison> = fc.oneof(
  fc.record({
    kind: fc.constant('compare' as const),
    field: fields,
    operator: fc.constantFrom('=' as const, '!=' as const),
    value: fc.string({ maxLength: 12 }).filter((value) => !value.includes('"')),
  }),
  fc.record({
    kind: fc.constant('compare' as const),
    field: fields,
    operator: fc.constantFrom('>=' as const, '<=' as const, '>' as const, '<' as const),
    value: fc.oneof(fc.nat().map(String), fc.constantFrom('2021-03-03', '1999-12-31')),
  }),
);
const { queries } = fc.letrec<{ queries: Query }>((tie) => ({
  queries: fc.oneof(
    { maxDepth: 6 },
    comparisons,
    fc.record({ kind: fc.constant('taxon' as const), taxId: fc.nat().map(String), subtree: fc.boolean() }),
    fc.record({ kind: fc.constant('not' as const), query: tie('queries') }),
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), left: tie('queries'), right: tie('queries') }),
  ),
}));

const RANK = { or: 0, and: 1, not: 2, compare: 3, taxon: 3, all: 3 } as const;

function written(query: Query): string {
  const within = (inner: Query, rank: number) => (RANK[inner.kind] < rank ? `(${written(inner)})` : written(inner));
  switch (query.kind) {
    case 'all':
      return '';
    case 'taxon':
      return `${query.subtree ? 'tax_tree' : 'tax_eq'}(${query.taxId})`;
    case 'compare':
      return `${query.field}${query.operator}"${query.value}"`;
    case 'not':
      return `NOT ${within(query.query, RANK.not)}`;
    default:
      // The parser leans to the left: an equal operator on the right needs its parentheses.
      return `${within(query.left, RANK[query.kind])} ${query.kind.toUpperCase()} ${within(query.right, RANK[query.kind] + 1)}`;
  }
}
