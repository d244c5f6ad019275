import { listRunsHandler } from '../../../../functions/list-runs/handler';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { duckDbTables } from '../../../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../../../layers/adapters/duckdb/workspace';
import { ASKED_COLUMNS } from '../../../../layers/core/discovery/columns';
import type { Source } from '../../../../layers/core/entities';
import { ArchiveUnavailableError } from '../../../../layers/core/errors';
import type { EnaPortal, ListingAnswer } from '../../../../layers/core/ports/ena';
import type { ListingSetting } from '../../../../layers/core/settings';
import { aRow, aSource } from '../../core/discovery/factories';

const at = '2026-01-01T00:00:00.000Z';
const tsv = (accessions: readonly string[], columns: readonly string[] = ASKED_COLUMNS): string =>
  [
    columns,
    ...accessions.map((run_accession) =>
      columns.map(
        (column) =>
          Object.entries(aRow({ run_accession, sample_accession: 'SAMEA1', study_accession: 'PRJEB1' })).find(
            ([name]) => name === column,
          )?.[1] ?? '',
      ),
    ),
  ]
    .map((line) => `${line.join('\t')}\n`)
    .join('');
const answer = (text: string): ListingAnswer => ({
  outcome: 'answered',
  contentType: 'text/tab-separated-values',
  body: (async function* () {
    yield Buffer.from(text);
  })(),
});

/** An archive that answers each question with the next of its answers; the last one holds for good. */
function archive(
  counts: readonly number[],
  list: (columns: readonly string[]) => ListingAnswer,
  known = true,
): EnaPortal & { readonly asked: { lists: number } } {
  const asked = { lists: 0 };
  const left = [...counts];
  const found = <T>(value: T) => (known ? value : ({ outcome: 'unknown' } as const));
  return {
    asked,
    count: async () => ({ outcome: 'counted', rows: (left.length > 1 ? left.shift() : left[0]) ?? 0 }),
    list: async (_query, columns) => {
      asked.lists += 1;
      return list(columns);
    },
    study: async (primary) => found({ outcome: 'found', primary, secondary: 'ERP1' } as const),
    taxon: async (taxId) => found({ outcome: 'found', taxId, scientificName: 'x', rank: 'species' } as const),
  };
}

const LIMITS: ListingSetting = { rowLimit: 500, secondsPerCall: 600, dropShare: 0.1, dropRowsMin: 3, blankShare: 0.1 };

async function run(ena: EnaPortal, source: Partial<Source> = {}) {
  const stores = memoryStores();
  const objects = memoryObjects();
  const waits: number[] = [];
  const subject = aSource(source);
  await stores.sources.add(subject, { entityId: subject.sourceId, sourceId: subject.sourceId, at, type: 'added', actor: 'test' });
  const handle = listRunsHandler({
    stores,
    objects,
    ena,
    tables: duckDbTables({ memoryMb: 128, threads: 1 }),
    withWorkspace: temporaryWorkspace,
    listing: LIMITS,
    now: () => new Date(at),
    sleep: async (seconds) => void waits.push(seconds),
  });
  return { stores, objects, waits, handle: () => handle({ sourceId: subject.sourceId, cycle: 1 }) };
}
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

it('takes the listing again when runs came in while it was taken', async () => {
  const ena = archive([1, 2, 2], two);
  expect(await (await run(ena)).handle()).toMatchObject({ outcome: 'listed', rows: 2 });
  expect(ena.asked.lists).toBe(2);
});

it.each([
  { name: 'the number of runs keeps moving', ena: archive([1, 2, 3, 4], two), code: 'count-moved' },
  { name: 'an accession comes twice', ena: archive([2], () => answer(tsv(['ERR100001', 'ERR100001']))), code: 'duplicate-runs' },
  { name: 'an accession is none', ena: archive([2], () => answer(tsv(['ERR100001', 'X1']))), code: 'duplicate-runs' },
  {
    name: 'ENA dropped a column that is needed',
    ena: archive([2], () => ({ outcome: 'refused', detail: 'HTTP 400', unknownColumns: ['host', 'fastq_md5'] })),
    code: 'refused',
  },
  { name: 'runs were there before', ena: archive([0], () => answer(tsv([]))), code: 'suspicious-zero' },
])('rejects when $name', async ({ ena, code }) => {
  const counts = { known: 5, excluded: 0, withdrawn: 0, complete: 0, failed: 0 };
  const { handle, objects } = await run(ena, { counts });
  expect(await handle()).toMatchObject({ outcome: 'rejected', code });
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

describe('a listing unlike the last one', () => {
  const evidence = (rows: number, withFiles: number) => ({ rows, withFiles });
  const source = { listingCycle: 7, cycle: 8 };
  const accessions = ['ERR100001', 'ERR100002', 'ERR100003', 'ERR100004'];
  const ena = (list: readonly string[], blank = false) =>
    archive([list.length], () => answer(blank ? tsv(list).replaceAll(/ftp\.sra[^\t]*/g, '') : tsv(list)));
  it.each([
    { name: 'far fewer runs', before: evidence(7, 7), list: accessions, blank: false, code: 'large-drop', rows: 4 },
    { name: 'no runs', before: evidence(7, 7), list: [], blank: false, code: 'suspicious-zero', rows: 0 },
    { name: 'far fewer runs with files', before: evidence(4, 4), list: accessions, blank: true, code: 'blank-files', rows: 4 },
  ])('with $name is rejected until a person confirms it', async ({ before, list, blank, code, rows }) => {
    const first = await run(ena(list, blank), source);
    await first.objects.putJson('listings/study-PRJEB28810/7/evidence.json', before);
    expect(await first.handle()).toMatchObject({ outcome: 'rejected', code, rows });
    expect(first.objects.keys()).not.toContain('listings/study-PRJEB28810/1/listing.parquet');
    const confirmed = await run(ena(list, blank), { ...source, acceptedListing: { code, rows } });
    await confirmed.objects.putJson('listings/study-PRJEB28810/7/evidence.json', before);
    expect(await confirmed.handle()).toMatchObject({ outcome: 'listed', rows });
  });

  it.each([
    { name: 'few runs less than a person may overlook', before: evidence(6, 6) },
    { name: 'more runs', before: evidence(2, 2) },
    { name: 'a last listing whose files were not counted', before: { rows: 4 } },
  ])('counts: $name', async ({ before }) => {
    const { handle, objects } = await run(ena(accessions), source);
    await objects.putJson('listings/study-PRJEB28810/7/evidence.json', before);
    expect(await handle()).toMatchObject({ outcome: 'listed', rows: 4 });
  });

  it('is not confirmed by a word about another one, or about more runs', async () => {
    for (const acceptedListing of [
      { code: 'blank-files', rows: 4 },
      { code: 'large-drop', rows: 5 },
    ]) {
      const { handle, objects } = await run(ena(accessions), { ...source, acceptedListing });
      await objects.putJson('listings/study-PRJEB28810/7/evidence.json', evidence(7, 7));
      expect(await handle()).toMatchObject({ code: 'large-drop' });
    }
  });
});

describe('a Retry-After of ENA', () => {
  const busy = (seconds: number) =>
    archive([2], () => {
      throw new ArchiveUnavailableError('HTTP 429', seconds);
    });
  it('is waited for by the machine, a bounded number of times', async () => {
    const { handle } = await run(busy(7));
    for (let calls = 0; calls < 40; calls += 1) expect(await handle()).toMatchObject({ outcome: 'postponed', afterSeconds: 7 });
    expect(await handle()).toMatchObject({ outcome: 'rejected', code: 'unfinished' });
  });
  it('beyond a quarter of an hour ends the cycle', async () => {
    expect(await (await run(busy(901))).handle()).toMatchObject({ outcome: 'unavailable', afterSeconds: 901 });
  });
});
