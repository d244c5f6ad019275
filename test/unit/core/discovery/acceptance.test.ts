import fc from 'fast-check';
import { judgeListing, scanListing, type ListingFacts } from '../../../../layers/core/discovery/acceptance';

const columns = ['run_accession', 'fastq_md5'];
const scanned = (text: string) => {
  const scan = scanListing(columns.length);
  scan.push(Buffer.from(text));
  return scan.result();
};
const judged = (text: string, facts: Partial<ListingFacts> = {}) =>
  judgeListing({
    columns,
    contentType: 'text/tab-separated-values',
    scan: scanned(text),
    countBefore: 2,
    countAfter: 2,
    ...facts,
  });

const whole = 'run_accession\tfastq_md5\nERR1\ta\nERR2\t\n';

describe('a listing is accepted', () => {
  it.each([
    { name: 'when it is whole', text: whole, facts: {} },
    { name: 'when there are no runs and never were', text: 'run_accession\tfastq_md5\n', facts: { countBefore: 0, countAfter: 0 } },
    { name: 'when ENA answers 204 for no runs', text: '', facts: { countBefore: 0, countAfter: 0 } },
  ])('$name', ({ text, facts }) => {
    expect(judged(text, facts)).toEqual({ outcome: 'accepted' });
  });
});

describe('a listing is rejected', () => {
  it.each([
    { code: 'no-answer', text: '', facts: {} },
    { code: 'not-a-table', text: '<html><body>502</body></html>\n', facts: { contentType: 'text/html' } },
    { code: 'not-a-table', text: '<html><body>502</body></html>\n', facts: {} },
    { code: 'not-a-table', text: '{"message":"no"}\n', facts: { contentType: 'text/plain' } },
    { code: 'not-a-table', text: whole, facts: { contentType: 'application/json' } },
    { code: 'header-mismatch', text: 'run_accession\nERR1\nERR2\n', facts: {} },
    { code: 'header-mismatch', text: 'fastq_md5\trun_accession\na\tERR1\nb\tERR2\n', facts: {} },
    { code: 'header-mismatch', text: whole.replaceAll('\n', '\r\n'), facts: {} },
    { code: 'cut-short', text: whole.slice(0, -1), facts: {} },
    { code: 'cut-short', text: whole.slice(0, -3), facts: {} },
    { code: 'row-shape', text: whole.replace('ERR1\ta', 'ERR1'), facts: {} },
    { code: 'row-shape', text: whole.replace('ERR1\ta', 'ERR1\ta\tb'), facts: {} },
    { code: 'row-shape', text: whole.replace('ERR1\ta\n', 'ERR1\ta\n\n'), facts: {} },
    { code: 'row-count', text: whole, facts: { countBefore: 3, countAfter: 3 } },
    { code: 'row-count', text: 'run_accession\tfastq_md5\n', facts: {} },
    { code: 'count-moved', text: whole, facts: { countAfter: 3 } },
  ])('as $code: $text', ({ code, text, facts }) => {
    expect(judged(text, facts)).toMatchObject({ outcome: 'rejected', code });
  });

  it('at whatever byte it is cut', () => {
    for (let at = 0; at < whole.length; at += 1) expect(judged(whole.slice(0, at))).toMatchObject({ outcome: 'rejected' });
  });
});

it('sees the same however the answer is cut into chunks', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'é', '\t', '\n', '\r', '鶏') }), fc.array(fc.nat(40)), (text, sizes) => {
      const bytes = Buffer.from(text);
      const scan = scanListing(columns.length);
      let at = 0;
      for (const size of sizes) {
        scan.push(bytes.subarray(at, at + size));
        at += size;
      }
      scan.push(bytes.subarray(at));
      expect(scan.result()).toEqual(scanned(text));
    }),
  );
});
