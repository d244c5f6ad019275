import fc from 'fast-check';
import { FILTERS_LIMIT_BYTES, readFilters, type Found } from '../../../../layers/core/filters/read-filters';
import { FILTER_RULE_NAMES, ruleKind } from '../../../../layers/core/filters/rules';

const rules = (...given: readonly unknown[]): unknown => ({ v: 1, rules: given });
const problemsOf = (value: unknown): readonly Found[] => {
  const read = readFilters(value);
  return read.outcome === 'invalid' ? read.problems : [];
};
const warningsOf = (value: unknown): readonly Found[] => readFilters(value).warnings;
const found = (list: readonly Found[]): readonly string[] => list.map(({ at, message }) => `${at}: ${message}`);

it('is valid with every rule at once, each by its example, and gives back what was written', () => {
  const document = { v: 1, rules: FILTER_RULE_NAMES.map((rule) => ({ rule, parameters: ruleKind(rule).example })) };
  expect(readFilters(document)).toEqual({ outcome: 'valid', filters: document, warnings: [] });
});

it('names every problem at once, each with its place', () => {
  const problems = problemsOf({
    v: 2,
    ruels: [],
    rules: [
      { rule: 'strtegy', parameters: { anyOf: ['WGS'] } },
      { rule: 'platform', parameters: { anyof: ['ILLUMINA'], noneOf: ['LS454', 7, ''] } },
      { rule: 'base-count', parameters: { min: 10, max: 5 } },
      { rule: 'first-public', parameters: { from: '2024-02-30' } },
      { rule: 'layout' },
      'layout',
      { rule: 'platform', off: true, parameters: {} },
      { rule: 'country', off: 'yes' },
      { rule: 'min-depth', parameters: { genomeBases: 5, depth: 0 }, comment: 'x' },
    ],
  });
  expect(found(problems)).toEqual([
    'ruels: is not known here; did you mean "rules"?',
    'v: is 2; this version of Trawl reads documents of v 1',
    'rules[0].rule: there is no filter rule "strtegy"; did you mean "strategy"?',
    'rules[1].parameters.anyof: is not known here; did you mean "anyOf"?',
    expect.stringMatching(/^rules\[1\]\.parameters\.noneOf\[1\]: .*string/),
    expect.stringMatching(/^rules\[1\]\.parameters\.noneOf\[2\]: /),
    'rules[2].parameters.max: contradicts min: 5 is less than 10',
    'rules[3].parameters.from: is not a day such as 2024-12-31',
    'rules[4].parameters: is missing; for example {"anyOf":["PAIRED"]}',
    'rules[5]: is no rule, which looks so: {"rule": "layout", "parameters": {"anyOf": ["PAIRED"]}}',
    'rules[6]: has parameters and is off: one of them too many',
    'rules[7].off: is true or not there',
    'rules[8].comment: is not known here',
    expect.stringMatching(/^rules\[8\]\.parameters\.depth: /),
    'rules[6]: platform is given already at rules[1]; put both into one',
  ]);
});

it.each([
  ['nothing', undefined, ': is no filter document, which looks so: {"v": 1, "rules": []}'],
  ['a list of rules without the document around it', [], ': is no filter document, which looks so: {"v": 1, "rules": []}'],
  ['no version', { rules: [] }, 'v: is missing; this version of Trawl reads documents of v 1'],
  ['no rules', { v: 1 }, 'rules: is missing; [] for none'],
  ['rules that are no list', { v: 1, rules: {} }, 'rules: is no list of rules'],
  [
    'a name of JavaScript',
    rules({ rule: 'constructor', parameters: {} }),
    /^rules\[0\]\.rule: there is no filter rule "constructor"; the rules are platform, /,
  ],
  ['no rule at all', rules({}), /^rules\[0\]\.rule: is missing; the rules are platform, /],
  ['a rule that asks for nothing', rules({ rule: 'layout', parameters: {} }), 'rules[0].parameters: needs anyOf, noneOf or both'],
  ['an empty list', rules({ rule: 'layout', parameters: { anyOf: [] } }), /^rules\[0\]\.parameters\.anyOf: /],
  ['numbers as text', rules({ rule: 'run-bytes', parameters: { max: '5' } }), /^rules\[0\]\.parameters\.max: .*number/],
  ['half a base', rules({ rule: 'base-count', parameters: { min: 1.5 } }), /^rules\[0\]\.parameters\.min: /],
  [
    'days the wrong way round',
    rules({ rule: 'collection-date', parameters: { from: '2021-01-01', to: '2020-01-01' } }),
    'rules[0].parameters.to: contradicts from: 2020-01-01 comes before 2021-01-01',
  ],
  [
    'a word that is wanted and unwanted',
    rules({ rule: 'strategy', parameters: { anyOf: ['WGS', 'EST'], noneOf: ['est'] } }),
    'rules[0].parameters.noneOf[0]: contradicts anyOf, which names "est" too',
  ],
  [
    'places that are one country',
    rules({ rule: 'country', parameters: { anyOf: ['USA'], noneOf: ['USA: Ohio'] } }),
    'rules[0].parameters.noneOf[0]: contradicts anyOf, which names "USA: Ohio" too',
  ],
  [
    'a word for "no value"',
    rules({ rule: 'country', parameters: { anyOf: ['not collected'] } }),
    'rules[0].parameters.anyOf[0]: says that there is no value: use notGiven',
  ],
  ['more files than a run has', rules({ rule: 'file-count', parameters: { min: 3 } }), /^rules\[0\]\.parameters\.min: /],
])('refuses %s', (_, document, said) => {
  expect(found(problemsOf(document))).toEqual([typeof said === 'string' ? said : expect.stringMatching(said)]);
});

it('sees that two rules let no run pass together, also beside other problems', () => {
  const count = { rule: 'base-count', parameters: { max: 99 } };
  const depth = (depthOf: number) => ({ rule: 'min-depth', parameters: { genomeBases: 10, depth: depthOf } });
  expect(found(problemsOf(rules(count, depth(10), { rule: 'colour' })))).toEqual([
    expect.stringContaining('there is no filter rule "colour"'),
    'rules[1].parameters: contradicts rules[0]: it asks for 100 bases, and base-count lets at most 99 pass',
  ]);
  expect(problemsOf(rules(count, depth(9.9)))).toEqual([]);
});

it('has a limit, as a source is read all the time', () => {
  const document = rules({ rule: 'center', parameters: { anyOf: Array.from({ length: 400 }, (_, at) => `a center of some name ${at}`) } });
  expect(found(problemsOf(document))).toEqual([expect.stringMatching(new RegExp(`^: has \\d+ bytes, more than ${FILTERS_LIMIT_BYTES}$`))]);
});

describe('warns, and refuses nothing:', () => {
  it.each([
    [
      'a slip of the pen',
      { rule: 'strategy', parameters: { anyOf: ['WGS', 'RNASeq'] } },
      'rules[0].parameters.anyOf[1]: "RNASeq" is no library_strategy that ENA is known to use; did you mean "RNA-Seq"?',
    ],
    [
      'a maker left out',
      { rule: 'instrument-model', parameters: { noneOf: ['NovaSeq 6000'] } },
      'rules[0].parameters.noneOf[0]: "NovaSeq 6000" is no instrument_model that ENA is known to use; did you mean "Illumina NovaSeq 6000"?',
    ],
    [
      'a word like no other',
      { rule: 'source', parameters: { anyOf: ['chocolate'] } },
      'rules[0].parameters.anyOf[0]: "chocolate" is no library_source that ENA is known to use',
    ],
    [
      'a country by another name',
      { rule: 'country', parameters: { anyOf: ['UK'] } },
      'rules[0].parameters.anyOf[0]: "UK" is no country that INSDC is known to use; did you mean "United Kingdom"?',
    ],
    [
      'a mistyped country',
      { rule: 'country', parameters: { anyOf: ['Germny'] } },
      'rules[0].parameters.anyOf[0]: "Germny" is no country that INSDC is known to use; did you mean "Germany"?',
    ],
    [
      'a place within a country',
      { rule: 'country', parameters: { anyOf: ['USA: Ohio'] } },
      'rules[0].parameters.anyOf[0]: only "USA" is compared: the place behind the colon is not',
    ],
    [
      'what is off anyhow',
      { rule: 'layout', off: true },
      'rules[0]: layout is not on unless a source asks for it: turning it off changes nothing',
    ],
  ])('%s', (_, rule, said) => {
    expect(readFilters(rules(rule))).toMatchObject({ outcome: 'valid' });
    expect(found(warningsOf(rules(rule)))).toEqual([said]);
  });
  it.each([
    { rule: 'strategy', parameters: { anyOf: ['wgs', 'ChM-Seq'] } },
    { rule: 'layout', parameters: { anyOf: ['single'] } },
    { rule: 'run-bytes', off: true },
  ])('nothing at all about $rule $parameters', (rule) => {
    expect(warningsOf(rules(rule))).toEqual([]);
  });
});

it('never throws, whatever it is given', () => {
  const Rule = fc.oneof(
    fc.anything(),
    fc.record(
      { rule: fc.oneof(fc.constantFrom(...FILTER_RULE_NAMES), fc.string()), parameters: fc.anything(), off: fc.anything() },
      { requiredKeys: [] },
    ),
  );
  const Document = fc.oneof(fc.jsonValue(), fc.record({ v: fc.constantFrom(1, 2), rules: fc.array(Rule) }));
  fc.assert(
    fc.property(Document, (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown;
      const read = readFilters(plain);
      expect(read.outcome === 'valid' || read.problems.length > 0).toBe(true);
    }),
  );
});

test('what a rule needs and has not is missing, in the words of other documents', () => {
  const read = readFilters({ v: 1, rules: [{ rule: 'min-depth', parameters: { depth: 20 } }] });
  expect(read).toMatchObject({ outcome: 'invalid', problems: [{ at: 'rules[0].parameters.genomeBases', message: 'is missing' }] });
});
