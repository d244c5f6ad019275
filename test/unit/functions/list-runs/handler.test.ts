import type { ListingAnswer } from '../../../../layers/core/ports/ena';
import { answer, archive, at, run, tsv } from './archive';

const two = (): ListingAnswer => answer(tsv(['ERR100001', 'ERR100002']));

it('keeps raw answer, evidence and Parquet of a listing, and can be run again', async () => {
  const { handle, objects } = await run(archive([2], two));
  const listed = { outcome: 'listed', listingKey: 'listings/study-PRJEB28810/1/listing.parquet', rows: 2 };
  expect(await handle()).toEqual(listed);
  expect(await handle()).toEqual(listed);
  expect(objects.keys()).toEqual(
    ['evidence.json', 'listing.parquet', 'raw.tsv.gz', 'validation.json'].map((name) => `listings/study-PRJEB28810/1/${name}`),
  );
  expect(JSON.parse(objects.text('listings/study-PRJEB28810/1/evidence.json') ?? '')).toMatchObject({
    countBefore: 2,
    countAfter: 2,
    rows: 2,
    verdict: { outcome: 'accepted' },
  });
});

it('lists without the columns that ENA has dropped and no rule reads, and says which', async () => {
  const refusal = (unknownColumns: readonly string[]): ListingAnswer => ({ outcome: 'refused', detail: 'HTTP 400', unknownColumns });
  const dropped = ['host', 'sra_md5'];
  const ena = archive([1], (columns) => {
    const unknown = columns.filter((column) => dropped.includes(column));
    return unknown.length > 0 ? refusal(unknown) : answer(tsv(['ERR100001'], columns));
  });
  const { handle, objects } = await run(ena);
  expect(await handle()).toMatchObject({
    outcome: 'listed',
    rows: 1,
    warnings: [{ code: 'columns-absent', detail: 'ENA does not have sra_md5, host any more: empty in this listing' }],
  });
  expect(ena.asked.lists).toBe(2);
  const evidence: unknown = JSON.parse(objects.text('listings/study-PRJEB28810/1/evidence.json') ?? '');
  expect(evidence).toMatchObject({ absentColumns: ['sra_md5', 'host'], verdict: { outcome: 'accepted' } });
});

it.each([
  { name: 'in one request', counts: [1], keeps: 'columns' },
  { name: 'in a window', counts: [600, 300], keeps: 'windows' },
])('does not do without a column that a rule of the source reads, and keeps what ENA said: $name', async ({ counts, keeps }) => {
  const ena = archive(counts, () => ({ outcome: 'refused', detail: 'HTTP 400', unknownColumns: ['host', 'instrument_model'] }));
  const rules = [
    { rule: 'instrument-model', parameters: { noneOf: ['unspecified'] } },
    { rule: 'center', parameters: { noneOf: ['Postdoc'] } },
  ];
  const { handle, objects } = await run(ena, { filters: { v: 1, rules } });
  const detail = expect.stringContaining(
    'HTTP 400; ENA does not have any more: host; instrument_model, which the filter rule instrument-model of this source reads',
  ) as string;
  expect(await handle()).toEqual({ outcome: 'rejected', code: 'refused', detail });
  expect(ena.asked.lists).toBe(1);
  const evidence: unknown = JSON.parse(objects.text('listings/study-PRJEB28810/1/evidence.json') ?? '');
  expect(evidence).toMatchObject({ query: expect.any(String) as string, verdict: { outcome: 'rejected', code: 'refused', detail } });
  expect(evidence).toHaveProperty(keeps);
});

it('takes the listing again when runs came in while it was taken', async () => {
  const ena = archive([1, 2, 2], two);
  expect(await (await run(ena)).handle()).toMatchObject({ outcome: 'listed', rows: 2 });
  expect(ena.asked.lists).toBe(2);
});

it.each([
  { name: 'the number of runs keeps moving', ena: archive([1, 2, 3, 4], two), code: 'count-moved' },
  {
    name: 'an accession comes twice',
    ena: archive([2], () => answer(tsv(['ERR100001', 'ERR100001']))),
    code: 'duplicate-runs',
    says: '"ERR100001" comes 2 times (sample SAMEA1, study PRJEB1)',
  },
  {
    name: 'an accession is none',
    ena: archive([2], () => answer(tsv(['ERR100001', 'X1']))),
    code: 'duplicate-runs',
    says: '"X1" is no accession (sample SAMEA1, study PRJEB1)',
  },
  {
    name: 'ENA dropped a column that is needed',
    ena: archive([2], () => ({ outcome: 'refused', detail: 'HTTP 400', unknownColumns: ['host', 'fastq_md5'] })),
    code: 'refused',
  },
  { name: 'runs were there before', ena: archive([0], () => answer(tsv([]))), code: 'suspicious-zero' },
])('rejects when $name', async ({ ena, code, says = '' }) => {
  const counts = { known: 5, excluded: 0, withdrawn: 0, complete: 0, failed: 0 };
  const { handle, objects } = await run(ena, { counts });
  expect(await handle()).toMatchObject({ outcome: 'rejected', code, detail: expect.stringContaining(says) as string });
  expect(objects.keys()).not.toContain('listings/study-PRJEB28810/1/listing.parquet');
});

it('tells a source that ENA does not know from one that has no runs yet', async () => {
  const none = () => answer(tsv([]));
  expect(await (await run(archive([0], none, false), { sourceId: 'taxon:5' })).handle()).toMatchObject({ outcome: 'unknown-source' });
  expect(await (await run(archive([0], none, true), { sourceId: 'taxon:5' })).handle()).toMatchObject({ outcome: 'listed', rows: 0 });
});

describe('the places at ENA', () => {
  it('are three: a fourth cycle waits for a minute and then leaves it to the machine', async () => {
    const { handle, stores, waits } = await run(archive([2], two));
    for (const place of [1, 2, 3]) await stores.leases.take(`ena/${place}`, 'another', at, '2026-01-01T00:10:00.000Z');
    await expect(handle()).rejects.toThrow('ENA is unavailable: all 3 places for asking it are taken');
    expect(waits).toHaveLength(61);
    await stores.leases.release('ena/2', 'another');
    expect(await handle()).toMatchObject({ outcome: 'listed' });
  });

  it('are given back, also after a failure', async () => {
    const failing = archive([2], () => {
      throw new Error('gone');
    });
    const { handle, stores } = await run(failing);
    await expect(handle()).rejects.toThrow('gone');
    expect(await stores.leases.take('ena/1', 'another', at, '2026-01-01T00:10:00.000Z')).toBe(true);
  });
});

it('takes no windows whose runs were counted otherwise after them, twice', async () => {
  let searches = 0;
  const half = () => tsv(Array.from({ length: 300 }, (_, at) => `ERR${100_000 + 300 * (searches % 2) + at}`));
  const ena = archive([600, 300, 601, 600, 300, 601], () => {
    const text = half();
    searches += 1;
    return answer(text);
  });
  expect(await (await run(ena)).handle()).toMatchObject({ outcome: 'rejected', code: 'count-moved' });
  expect(searches).toBe(4);
});

it('takes no window that counts more than what it is a part of', async () => {
  const { handle } = await run(archive([600, 700], two));
  expect(await handle()).toMatchObject({ outcome: 'rejected', code: 'window-count' });
});
