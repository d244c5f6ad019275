import fc from 'fast-check';
import { FILTER_RULE_NAMES, ruleKind, type FilterRule } from '../../../../layers/core/filters/rules';
import type { Candidate } from '../../../../layers/core/filters/rule-kind';
import { spanOf } from '../../../../layers/core/filters/day-rules';
import { aRow } from '../discovery/factories';

type Row = Parameters<typeof aRow>[0];
const candidate = (row: Row = {}, files: Partial<Candidate> = {}): Candidate => ({
  row: aRow(row),
  filesBytes: 200,
  fileCount: 2,
  ...files,
});
const judge = (rule: FilterRule, parameters: unknown, { row, ...files }: Candidate = candidate()): string | undefined => {
  const kind = ruleKind(rule);
  return kind.judge(kind.parameters.parse(parameters))({ row, ...files });
};

interface Case {
  readonly rule: FilterRule;
  readonly parameters: unknown;
  readonly row?: Row;
  readonly files?: Partial<Candidate>;
  readonly reason?: string;
}
const leavesOut = (cases: readonly Case[]): void => {
  it.each(cases.filter(({ reason }) => reason !== undefined))('$rule $parameters leaves out and says why: $reason', (one) => {
    expect(judge(one.rule, one.parameters, candidate(one.row, one.files))).toBe(one.reason);
  });
  it.each(cases.filter(({ reason }) => reason === undefined))('$rule $parameters lets pass $row $files', (one) => {
    expect(judge(one.rule, one.parameters, candidate(one.row, one.files))).toBeUndefined();
  });
};

describe('a rule on words', () => {
  leavesOut([
    { rule: 'strategy', parameters: { anyOf: ['WGS', 'RNA-Seq'] }, reason: 'library_strategy is ssRNA-seq, not WGS or RNA-Seq' },
    { rule: 'strategy', parameters: { anyOf: ['SSRNA-SEQ'] } },
    { rule: 'strategy', parameters: { noneOf: ['ssrna-seq'] }, reason: 'library_strategy is ssRNA-seq, which is not wanted' },
    { rule: 'strategy', parameters: { noneOf: ['AMPLICON'] } },
    { rule: 'strategy', parameters: { anyOf: ['WGS'] }, row: { library_strategy: ' WGS ' } },
    { rule: 'platform', parameters: { anyOf: ['OXFORD_NANOPORE'] }, reason: 'instrument_platform is ILLUMINA, not OXFORD_NANOPORE' },
    {
      rule: 'instrument-model',
      parameters: { anyOf: ['MinION'], noneOf: ['GridION'] },
      row: { instrument_model: 'PromethION' },
      reason: 'instrument_model is PromethION, not MinION',
    },
    { rule: 'source', parameters: { anyOf: ['GENOMIC'] }, row: { library_source: 'GENOMIC' } },
    { rule: 'layout', parameters: { anyOf: ['SINGLE'] }, reason: 'library_layout is PAIRED, not SINGLE' },
    {
      rule: 'center',
      parameters: { noneOf: ['postdoc'] },
      row: { center_name: 'Postdoc' },
      reason: 'center_name is Postdoc, which is not wanted',
    },
    { rule: 'center', parameters: { noneOf: ['Postdoc'] }, row: { center_name: 'Postdoctoral Institute' } },
    { rule: 'taxon', parameters: { anyOf: [9031] }, row: { tax_id: '9031' } },
    { rule: 'taxon', parameters: { noneOf: [9606, 10090] }, row: { tax_id: '9606' }, reason: 'tax_id is 9606, which is not wanted' },
    { rule: 'taxon', parameters: { anyOf: [903] }, row: { tax_id: '9031' }, reason: 'tax_id is 9031, not 903' },
    // Without a value: out where something is asked for, in where something is refused, and as the source says.
    { rule: 'selection', parameters: { anyOf: ['PCR'] }, reason: 'library_selection is not given, not PCR' },
    { rule: 'selection', parameters: { anyOf: ['PCR'], notGiven: 'include' } },
    { rule: 'selection', parameters: { noneOf: ['PCR'] } },
    { rule: 'selection', parameters: { noneOf: ['PCR'], notGiven: 'exclude' }, reason: 'library_selection is not given' },
  ]);
  it('names a few words of a long list, as its reason stands with every run', () => {
    const anyOf = ['WGS', 'WGA', 'WXS', 'EST', 'CTS', 'GBS', 'SELEX', 'CLONE'];
    expect(judge('strategy', { anyOf })).toBe('library_strategy is ssRNA-seq, not WGS or WGA or WXS or EST or CTS or GBS or 2 other words');
  });
});

describe('the place of a sample', () => {
  const noCountry = 'country is not given, not United Kingdom or Ireland';
  const parameters = { anyOf: ['United Kingdom', 'Ireland'] };
  leavesOut([
    { rule: 'country', parameters, row: { country: 'United Kingdom' } },
    { rule: 'country', parameters, row: { country: 'United Kingdom: Hinxton' } },
    { rule: 'country', parameters, row: { country: 'united kingdom:Hinxton' } },
    {
      rule: 'country',
      parameters,
      row: { country: 'USA: Ireland, IN' },
      reason: 'country is USA: Ireland, IN, not United Kingdom or Ireland',
    },
    ...['', 'not collected', 'Not Applicable', 'missing: third party data', 'restricted access', 'unknown', 'NA', ': nowhere'].map(
      (country): Case => ({ rule: 'country', parameters, row: { country }, reason: noCountry }),
    ),
    { rule: 'country', parameters: { ...parameters, notGiven: 'include' }, row: { country: 'missing: human-identifiable' } },
    {
      rule: 'country',
      parameters: { noneOf: ['China'] },
      row: { country: 'China:Beijing' },
      reason: 'country is China:Beijing, which is not wanted',
    },
    { rule: 'place-or-date', parameters: {}, reason: 'neither country nor collection_date is given' },
    { rule: 'place-or-date', parameters: {}, row: { country: 'Fiji' } },
    { rule: 'place-or-date', parameters: {}, row: { collection_date: '2019' } },
    {
      rule: 'place-or-date',
      parameters: {},
      row: { country: 'not collected', collection_date: '1800-01-01' },
      reason: 'neither country nor collection_date is given',
    },
  ]);
});

describe('a rule on days', () => {
  const in2020 = { from: '2020-01-01', to: '2020-12-31' };
  leavesOut([
    { rule: 'first-public', parameters: { from: '2020-05-06' }, reason: 'first public 2020-05-05, before 2020-05-06' },
    { rule: 'first-public', parameters: { to: '2020-05-04' }, reason: 'first public 2020-05-05, after 2020-05-04' },
    { rule: 'first-public', parameters: { from: '2020-05-05', to: '2020-05-05' } },
    { rule: 'first-public', parameters: { to: '2020-05-04' }, row: { first_public: '' }, reason: 'first public on an unknown day' },
    { rule: 'collection-date', parameters: in2020, row: { collection_date: '2021-01' }, reason: 'collected 2021-01, after 2020-12-31' },
    { rule: 'collection-date', parameters: in2020, row: { collection_date: '2019' }, reason: 'collected 2019, before 2020-01-01' },
    ...['2020', '2020-02', '2020-12-31T23:59Z', '2019-11-30/2020-01-01', '2019/2021'].map((collection_date): Case => ({
      rule: 'collection-date',
      parameters: in2020,
      row: { collection_date },
    })),
    // What no calendar has, and what databases write for "none", is no day.
    ...['', 'not collected', '1000-01-01', '1800-01-01', 'spring', '20-12-2020', '2020-01-01/2021/2022', '2021/2020'].map(
      (collection_date): Case => ({
        ...{ rule: 'collection-date', parameters: in2020, row: { collection_date }, reason: 'collected on an unknown day' },
      }),
    ),
    { rule: 'collection-date', parameters: { ...in2020, notGiven: 'include' }, row: { collection_date: 'missing' } },
  ]);
  it('covers each day of a year or month, and no other', () => {
    expect(spanOf('2020')).toEqual({ first: '2020-01-01', last: '2020-12-31' });
    expect(spanOf('2020-02')).toEqual({ first: '2020-02-01', last: '2020-02-31' });
    expect(spanOf('2020-02/2020-04-05')).toEqual({ first: '2020-02-01', last: '2020-04-05' });
  });
});

describe('a rule on counts', () => {
  const needs = { genomeBases: 4_600_000, depth: 20 };
  leavesOut([
    { rule: 'base-count', parameters: { min: 1001 }, reason: '1000 bases, fewer than 1001' },
    { rule: 'base-count', parameters: { max: 999 }, reason: '1000 bases, more than 999' },
    { rule: 'base-count', parameters: { min: 1000, max: 1000 } },
    { rule: 'read-count', parameters: { min: 10 }, row: { read_count: '9' }, reason: '9 reads, fewer than 10' },
    { rule: 'min-depth', parameters: needs, row: { base_count: '92000000' } },
    {
      ...{ rule: 'min-depth', parameters: needs, row: { base_count: '91999999' } },
      reason: '91999999 bases, fewer than 92000000 (20 times a genome of 4600000)',
    },
    {
      rule: 'min-depth',
      parameters: { genomeBases: 3, depth: 0.5 },
      row: { base_count: '1' },
      reason: '1 bases, fewer than 2 (0.5 times a genome of 3)',
    },
    // ENA leaves the count empty, or 0, for what it did not parse: unknown is not too few.
    ...['', '0'].flatMap((count): readonly Case[] => [
      { rule: 'base-count', parameters: { min: 5 }, row: { base_count: count } },
      { rule: 'base-count', parameters: { max: 5, notGiven: 'exclude' }, row: { base_count: count }, reason: 'base_count is not given' },
      { rule: 'read-count', parameters: { min: 5 }, row: { read_count: count } },
      { rule: 'min-depth', parameters: needs, row: { base_count: count } },
      { rule: 'min-depth', parameters: { ...needs, notGiven: 'exclude' }, row: { base_count: count }, reason: 'base_count is not given' },
    ]),
    { rule: 'run-bytes', parameters: { max: 199 }, reason: '200 bytes, more than 199' },
    { rule: 'run-bytes', parameters: { min: 201 }, reason: '200 bytes, fewer than 201' },
    { rule: 'run-bytes', parameters: { min: 200, max: 200 } },
    { rule: 'file-count', parameters: { min: 2 }, files: { fileCount: 1 }, reason: '1 files, fewer than 2' },
    { rule: 'file-count', parameters: { min: 2 } },
    { rule: 'file-count', parameters: { max: 1 }, reason: '2 files, more than 1' },
  ]);
  it('lets pass exactly what is within its range, whatever the numbers', () => {
    const Count = fc.integer({ min: 1, max: 1_000_000 });
    fc.assert(
      fc.property(Count, Count, Count, (count, one, other) => {
        const range = { min: Math.min(one, other), max: Math.max(one, other) };
        const reason = judge('base-count', range, candidate({ base_count: String(count) }));
        expect(reason === undefined).toBe(count >= range.min && count <= range.max);
      }),
    );
  });
});

it.each(FILTER_RULE_NAMES)('%s describes itself in one line, and its example can be read', (rule) => {
  const kind = ruleKind(rule);
  expect(kind.description).toMatch(/^\S[^\n]{10,160}[^.\n]$/);
  expect(kind.parameters.safeParse(kind.example)).toMatchObject({ success: true, data: kind.example });
  expect(kind.remarks?.(kind.example) ?? []).toEqual([]);
  expect(kind.columns.length).toBeGreaterThan(0);
});

it.each(FILTER_RULE_NAMES)('%s judges a run of which nothing is known without an error', (rule) => {
  const blank = Object.fromEntries(Object.keys(aRow()).map((column) => [column, '']));
  const reason = judge(rule, ruleKind(rule).example, { row: blank as Candidate['row'], filesBytes: 1, fileCount: 1 });
  expect(reason ?? 'passes').not.toMatch(/NaN|undefined/);
});
