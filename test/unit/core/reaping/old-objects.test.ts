import * as fc from 'fast-check';
import { oldObjects } from '../../../../layers/core/reaping/old-objects';

const NOW = new Date('2026-11-21T00:00:00.000Z');
const daysAgo = (days: number): string => new Date(NOW.getTime() - days * 86_400_000).toISOString();
const RETENTION = { rawDays: 30, listingDays: 365 };
const SOURCE = { sourceId: 'study:PRJEB1', listingCycle: 5 };
const at = (key: string, days: number) => ({ key, bytes: 1, writtenAt: daysAgo(days) });
const removed = (objects: readonly { key: string; bytes: number; writtenAt: string }[], baseCycle?: number) =>
  oldObjects(SOURCE, baseCycle, objects, RETENTION, NOW);

test.each<[string, string, number, boolean]>([
  ['the listing that the source points at', 'listings/study-PRJEB1/5/listing.parquet', 9_999, false],
  ['one of a cycle that came after it', 'listings/study-PRJEB1/6/listing.parquet', 9_999, false],
  ['a replaced one within its time', 'listings/study-PRJEB1/4/listing.parquet', 364, false],
  ['a replaced one', 'listings/study-PRJEB1/4/listing.parquet', 366, true],
  ['records of the last good listing', 'sources/study-PRJEB1/5/runs.parquet', 9_999, false],
  ['records of a replaced one', 'sources/study-PRJEB1/4/runs.parquet', 366, true],
  ['records that the last good ones stand on', 'sources/study-PRJEB1/2/runs.parquet', 9_999, false],
  ['what is due by a replaced one', 'sources/study-PRJEB1/3/due.jsonl', 366, true],
  ['a young raw answer', 'listings/study-PRJEB1/5/raw.tsv.gz', 29, false],
  ['an old raw answer, of the last good listing too', 'listings/study-PRJEB1/5/raw.tsv.gz', 31, true],
  ['an old window of a rejected listing', 'listings/study-PRJEB1/6/windows/3.tsv.gz', 31, true],
  ['evidence', 'listings/study-PRJEB1/1/evidence.json', 9_999, false],
  ['a summary', 'sources/study-PRJEB1/1/summary.json', 9_999, false],
  ['another source', 'listings/study-PRJEB10/1/listing.parquet', 9_999, false],
  ['what has no cycle', 'listings/study-PRJEB1/readme.txt', 9_999, false],
])('%s: %s', (_, key, days, isRemoved) => {
  expect(removed([at(key, days)], 2)).toEqual(isRemoved ? [key] : []);
});

test('whatever lies there and however old it is: what the source points at and stands on stays', () => {
  const object = fc.record({
    root: fc.constantFrom('listings', 'sources'),
    cycle: fc.integer({ min: 1, max: 9 }),
    name: fc.constantFrom('listing.parquet', 'runs.parquet', 'included.jsonl', 'evidence.json', 'summary.json', 'raw.tsv.gz'),
    days: fc.integer({ min: 0, max: 5_000 }),
  });
  fc.assert(
    fc.property(fc.array(object), fc.integer({ min: 1, max: 5 }), (objects, base) => {
      const keys = removed(
        objects.map(({ root, cycle, name, days }) => at(`${root}/study-PRJEB1/${cycle}/${name}`, days)),
        base,
      );
      const needed = [
        'listings/study-PRJEB1/5/listing.parquet',
        'sources/study-PRJEB1/5/runs.parquet',
        `sources/study-PRJEB1/${base}/runs.parquet`,
      ];
      return needed.every((key) => !keys.includes(key)) && keys.every((key) => !/(evidence|summary)\.json$/.test(key));
    }),
  );
});
