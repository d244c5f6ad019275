import fc from 'fast-check';
import { parseSourceId } from '../../../../layers/core/api/source-ids';
import { isIdentity, slug } from '../../../../layers/core/ids';
import { containing } from '../../matchers';

test.each([
  ['562', 'taxon:562'],
  ['009606', 'taxon:9606'],
  ['taxon:562', 'taxon:562'],
  ['Taxon-562', 'taxon:562'],
  [' 562 ', 'taxon:562'],
  ['PRJEB1787', 'study:PRJEB1787'],
  ['prjna230403', 'study:PRJNA230403'],
  ['study:PRJDB1', 'study:PRJDB1'],
  ['study-PRJEB1787', 'study:PRJEB1787'],
  ['erp001736', 'study:ERP001736'],
  ['study:SRP000001', 'study:SRP000001'],
])('%j is %s', (text, sourceId) => {
  expect(parseSourceId(text)).toEqual({ outcome: 'valid', sourceId });
});

test.each([
  ['', 'empty'],
  ['   ', 'empty'],
  ['0', 'greater than 0'],
  ['-5', 'greater than 0'],
  ['taxon:0', 'greater than 0'],
  ['99999999999', 'larger than any taxon'],
  ['abc', 'neither a taxon number nor a study'],
  ['taxon:abc', 'given by its number'],
  ['study:562', 'neither a taxon number nor a study'],
  ['PRJ', 'not a whole study accession'],
  ['PRJEB', 'not a whole study accession'],
  ['ERP1', 'ERP, SRP or DRP and 6 to 9 digits'],
  ['ERR1234567', 'is no study'],
  ['SAMEA8163186', 'is no study'],
  ['562; drop', 'characters'],
  ['562,563', 'characters'],
  ['../562', 'characters'],
  ['5.62', 'characters'],
  ['５６２', 'characters'],
])('%j is refused: %s', (text, reason) => {
  expect(parseSourceId(text)).toEqual({ outcome: 'invalid', reason: containing(reason) });
});

test('whatever is accepted is a source id or stands for one, and its slug reads as the same source', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^(taxon:|study:|taxon-)?(PRJ[EDN][A-Z]|[EDS]RP)?\d{0,12}$/));
  fc.assert(
    fc.property(text, (given) => {
      const parsed = parseSourceId(given);
      if (parsed.outcome === 'invalid') return;
      // No cycle runs under a secondary accession.
      expect(isIdentity(parsed.sourceId)).toBe(!/[EDS]RP/.test(parsed.sourceId));
      expect(parseSourceId(slug(parsed.sourceId))).toEqual(parsed);
    }),
  );
});
