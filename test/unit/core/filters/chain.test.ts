import fc from 'fast-check';
import { filterChain } from '../../../../layers/core/discovery/filters';
import { judgeRun } from '../../../../layers/core/discovery/judge-run';
import { installationFilters } from '../../../../layers/core/filters/defaults';
import type { FilterDocument } from '../../../../layers/core/filters/document-schema';
import { readFilters } from '../../../../layers/core/filters/read-filters';
import { DEFAULT_FILTERS, FILTER_RULE_NAMES, ruleKind } from '../../../../layers/core/filters/rules';
import { aRow } from '../discovery/factories';

const rulesOf = (own?: FilterDocument, defaults = DEFAULT_FILTERS) => {
  const chain = filterChain(own, defaults);
  if (chain.outcome === 'invalid') throw new Error(chain.detail);
  return chain.rules;
};
const excludedBy = (own: FilterDocument['rules'], filesBytes = 200) =>
  rulesOf({ v: 1, rules: own }).find(({ excludes }) => excludes({ row: aRow(), filesBytes, fileCount: 2 }) !== undefined)?.rule;

it('keeps the defaults, and replaces or turns off those that a source names', () => {
  const huge = 600_000_000_000;
  expect(excludedBy([], huge)).toBe('run-bytes');
  expect(excludedBy([{ rule: 'run-bytes', parameters: { max: huge } }], huge)).toBeUndefined();
  expect(excludedBy([{ rule: 'run-bytes', off: true }], huge)).toBeUndefined();
});

it('takes the defaults of the installation, which replace, turn off and follow the built-in ones, and are themselves turned off by a source', () => {
  const lab = installationFilters({
    v: 1,
    rules: [
      { rule: 'run-bytes', off: true },
      { rule: 'strategy', parameters: { anyOf: ['RNA-Seq'] } },
    ],
  });
  expect(rulesOf(undefined, lab)).toMatchObject([{ rule: 'strategy', from: 'default' }]);
  expect(rulesOf({ v: 1, rules: [{ rule: 'strategy', off: true }] }, lab)).toEqual([]);
  expect(readFilters({ v: 1, rules: [{ rule: 'strategy', off: true }] }, lab)).toMatchObject({ outcome: 'valid', warnings: [] });
  expect(readFilters({ v: 1, rules: [{ rule: 'run-bytes', off: true }] }, lab)).toMatchObject({ warnings: [{ at: 'rules[0]' }] });
  const smaller = { rule: 'run-bytes', parameters: { max: 1_000 } };
  expect(installationFilters({ v: 1, rules: [smaller] }).rules).toEqual([smaller]);
  expect(installationFilters(undefined)).toEqual(DEFAULT_FILTERS);
});

it('is invalid as a whole when one setting cannot be read, and says all that is wrong', () => {
  const rules = [{ rule: 'colour' }, { rule: 'layout', parameters: { anyOf: ['PAIRED'] } }, { rule: 'platform' }];
  const chain = filterChain({ v: 1, rules }, DEFAULT_FILTERS);
  expect(chain).toMatchObject({ outcome: 'invalid', problems: [{ at: 'rules[0].rule' }, { at: 'rules[2].parameters' }] });
  expect(chain).toHaveProperty('detail', expect.stringMatching(/^rules\[0\]\.rule: .*; rules\[2\]\.parameters: /));
});

it('names the first rule that excludes, and file rules come before all', () => {
  const context = (own: FilterDocument['rules']) => ({
    rules: rulesOf({ v: 1, rules: own }),
    fileBaseUrl: 'https://ftp.sra.ebi.ac.uk',
    stage: { name: 'fetch', revision: '0123456789ab' },
  });
  const own = [
    { rule: 'strategy', parameters: { anyOf: ['WGS'] } },
    { rule: 'layout', parameters: { anyOf: ['SINGLE'] } },
  ];
  const judged = (row: Parameters<typeof aRow>[0], rules = own) => judgeRun({ change: 'new', row: aRow(row) }, context(rules));
  expect(judged({})).toMatchObject({ verdict: 'excluded', rule: 'strategy', reason: expect.stringContaining('ssRNA-seq') as string });
  expect(judged({}, [...own].reverse())).toMatchObject({ rule: 'layout' });
  expect(judged({ endings: [], fastq_ftp: '' })).toMatchObject({ rule: 'no-files' });
  expect(judged({ endings: ['_1.fastq.gz'], library_strategy: 'WGS', library_layout: 'SINGLE' })).toMatchObject({
    verdict: 'included',
    fileCount: 1,
  });
});

/** Any document: some rules in any order, each by its example or off. */
const Document = fc
  .shuffledSubarray([...FILTER_RULE_NAMES])
  .chain((names) => fc.tuple(fc.constant(names), fc.array(fc.boolean(), { minLength: names.length, maxLength: names.length })))
  .map(([names, offs]): FilterDocument => {
    const settings = names.map((rule, at) =>
      offs[at] ? { rule, off: true as const } : { rule, parameters: { ...(ruleKind(rule).example as object) } },
    );
    return { v: 1, rules: settings };
  });

it('has each rule once: defaults in their place, replaced or turned off, then the source’s own in their order', () => {
  fc.assert(
    fc.property(Document, Document, (own, defaults) => {
      const rules = rulesOf(own, defaults);
      const names = rules.map(({ rule }): string => rule);
      const isOff = (rule: string) =>
        (own.rules.find((one) => one.rule === rule) ?? defaults.rules.find((one) => one.rule === rule))?.off === true;
      const inOrder = [...defaults.rules, ...own.rules.filter(({ rule }) => !defaults.rules.some((one) => one.rule === rule))];
      expect(names).toEqual(inOrder.map(({ rule }) => rule).filter((rule) => !isOff(rule)));
      for (const { rule, from } of rules) expect(from).toBe(own.rules.some((one) => one.rule === rule) ? 'source' : 'default');
    }),
  );
});

it('judges the same whatever became of the document on its way through JSON', () => {
  fc.assert(
    fc.property(
      Document,
      fc.constantFrom('WGS', 'AMPLICON', ''),
      fc.constantFrom('', '0', '92000000'),
      (own, library_strategy, base_count) => {
        const judge = (document: FilterDocument) =>
          rulesOf(document).map(({ excludes }) => excludes({ row: aRow({ library_strategy, base_count }), filesBytes: 5, fileCount: 1 }));
        expect(judge(JSON.parse(JSON.stringify(own)) as FilterDocument)).toEqual(judge(own));
      },
    ),
  );
});
