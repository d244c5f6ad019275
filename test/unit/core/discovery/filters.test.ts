import { filterChain } from '../../../../layers/core/discovery/filters';
import { aRow } from './factories';

const verdict = (filters: Parameters<typeof filterChain>[0], row = aRow(), filesBytes = 200) => {
  const chain = filterChain(filters);
  if (chain.outcome === 'invalid') return chain;
  return chain.rules
    .map(({ rule, excludes }) => ({ rule, reason: excludes({ row, filesBytes }) }))
    .find(({ reason }) => reason !== undefined);
};

describe('a filter rule', () => {
  it.each([
    { rule: 'strategy', parameters: { anyOf: ['WGS', 'RNA-Seq'] }, reason: 'library_strategy is ssRNA-seq, not WGS or RNA-Seq' },
    { rule: 'platform', parameters: { anyOf: ['OXFORD_NANOPORE'] }, reason: 'instrument_platform is ILLUMINA, not OXFORD_NANOPORE' },
    { rule: 'selection', parameters: { anyOf: ['PCR'] }, reason: 'library_selection is not given, not PCR' },
    { rule: 'layout', parameters: { anyOf: ['SINGLE'] }, reason: 'library_layout is PAIRED, not SINGLE' },
    { rule: 'min-base-count', parameters: { bases: 1001 }, reason: '1000 bases, fewer than 1001' },
    { rule: 'max-run-bytes', parameters: { bytes: 199 }, reason: '200 bytes, more than 199' },
    { rule: 'first-public', parameters: { from: '2020-05-06' }, reason: 'first public 2020-05-05, before 2020-05-06' },
    { rule: 'first-public', parameters: { to: '2020-05-04' }, reason: 'first public 2020-05-05, after 2020-05-04' },
  ])('$rule leaves out and says why: $reason', ({ rule, parameters, reason }) => {
    expect(verdict([{ rule, parameters }])).toEqual({ rule, reason });
  });

  it.each([
    { rule: 'strategy', parameters: { anyOf: ['SSRNA-SEQ'] } },
    { rule: 'min-base-count', parameters: { bases: 1000 } },
    { rule: 'max-run-bytes', parameters: { bytes: 200 } },
    { rule: 'first-public', parameters: { from: '2020-05-05', to: '2020-05-05' } },
  ])('$rule lets pass what meets it exactly', ({ rule, parameters }) => {
    expect(verdict([{ rule, parameters }])).toBeUndefined();
  });

  it('takes a base count that ENA does not know for unknown, not for too few', () => {
    for (const base_count of ['', '0'])
      expect(verdict([{ rule: 'min-base-count', parameters: { bases: 5 } }], aRow({ base_count }))).toBeUndefined();
  });
});

describe('the chain of a source', () => {
  it('keeps the defaults, and replaces or turns off those that it names', () => {
    const huge = 600_000_000_000;
    expect(verdict([], aRow(), huge)).toMatchObject({ rule: 'max-run-bytes' });
    expect(verdict([{ rule: 'max-run-bytes', parameters: { bytes: huge } }], aRow(), huge)).toBeUndefined();
    expect(verdict([{ rule: 'max-run-bytes' }], aRow(), huge)).toBeUndefined();
  });

  it.each([
    { filters: [{ rule: 'colour', parameters: {} }], says: /no filter rule "colour"/ },
    { filters: [{ rule: 'constructor', parameters: {} }], says: /no filter rule/ },
    { filters: [{ rule: 'strategy', parameters: { anyOf: [] } }], says: /strategy/ },
    { filters: [{ rule: 'max-run-bytes', parameters: { bytes: '5' } }], says: /max-run-bytes/ },
    { filters: [{ rule: 'first-public', parameters: { form: '2020-01-01' } }], says: /first-public/ },
  ])('is invalid as a whole when one setting cannot be read: $says', ({ filters, says }) => {
    expect(filterChain(filters)).toEqual({ outcome: 'invalid', detail: expect.stringMatching(says) as string });
  });
});
