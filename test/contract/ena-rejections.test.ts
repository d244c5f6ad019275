import { installation } from './ena-installation';
import { standingEna } from './standing-ena';

const ena = standingEna();

describe('an answer that does not count', () => {
  it.each([
    { fault: { kind: 'zero-bytes' }, code: 'no-answer' },
    { fault: { kind: 'header-only' }, code: 'row-count' },
    { fault: { kind: 'truncated' }, code: 'cut-short' },
    { fault: { kind: 'missing-column', column: 'fastq_md5' }, code: 'header-mismatch' },
  ] as const)('changes nothing, warns, and heals: $code', async ({ fault, code }) => {
    const { add, check, fetchAll, objects } = installation(ena());
    await add({ sourceId: 'taxon:9031', includeSubtree: true });
    const { source: good } = await check('taxon:9031');
    await fetchAll('taxon:9031', 1);
    await ena().control.inject({ on: 'portal', contains: '/search?', fault });
    const { listed, source } = await check('taxon:9031');
    expect(listed).toMatchObject({ outcome: 'rejected', code });
    expect(source).toMatchObject({ listingCycle: 1, counts: good.counts, phase: 'idle', cycleRunning: false, lastRunStatus: 'warning' });
    // What the last good listing noted stands.
    const rejected = { code: 'listing-rejected', detail: expect.stringContaining(code) as string };
    expect(source.generatedWarning).toEqual([...good.generatedWarning, rejected]);
    expect(objects.keys()).toContain('listings/taxon-9031/2/evidence.json');
    expect(objects.keys()).not.toContain('listings/taxon-9031/2/listing.parquet');
    const healed = await check('taxon:9031');
    expect(healed.compared).toMatchObject({ changes: { unchanged: 34 }, states: { complete: 18 } });
    expect(healed.source.generatedWarning).toEqual(good.generatedWarning);
  });

  it('does not take zero runs for an answer where there were some', async () => {
    const { add, check, fetchAll } = installation(ena());
    await add({ sourceId: 'study:PRJEB37886' });
    await check('study:PRJEB37886');
    await fetchAll('study:PRJEB37886', 1);
    await ena().control.inject({ on: 'portal', contains: '/count?', times: 2, fault: { kind: 'json-error', message: 'x', status: 200 } });
    await expect(check('study:PRJEB37886')).rejects.toThrow(/ENA is unavailable: no count but x/);
  });

  it('does not believe that the files of all runs are gone', async () => {
    const { add, check, fetchAll } = installation(ena());
    await add({ sourceId: 'study:PRJEB37886' });
    await check('study:PRJEB37886');
    await fetchAll('study:PRJEB37886', 1);
    await ena().control.inject({ on: 'portal', contains: '/search?', fault: { kind: 'blank-files' } });
    const { listed, source } = await check('study:PRJEB37886');
    expect(listed).toMatchObject({ outcome: 'rejected', code: 'blank-files', rows: 12 });
    expect(source).toMatchObject({ listingCycle: 1, suspectListing: { code: 'blank-files', rows: 12 } });
    expect((await check('study:PRJEB37886')).compared).toMatchObject({ states: { complete: 12, excluded: 0, due: 0 } });
  });
});

describe('a column that ENA has dropped', () => {
  it('leaves the listing standing where no rule reads it, with a warning that goes when it is back', async () => {
    const { add, check, fetchAll } = installation(ena());
    await add({ sourceId: 'study:PRJEB37886' });
    await ena().control.set({ droppedColumns: ['sample_alias', 'sra_md5'] });
    const { listed, compared, source } = await check('study:PRJEB37886');
    expect(listed).toMatchObject({ outcome: 'listed', rows: 12 });
    expect(compared).toMatchObject({ states: { due: 12 } });
    const detail = 'ENA does not have sra_md5, sample_alias any more: empty in this listing';
    expect(source.generatedWarning).toEqual([{ code: 'columns-absent', detail }]);
    await fetchAll('study:PRJEB37886', 1);
    await ena().control.set({ droppedColumns: [] });
    const healed = await check('study:PRJEB37886');
    expect(healed.compared).toMatchObject({ changes: { unchanged: 12 } });
    expect(healed.source.generatedWarning).toEqual([]);
  });

  it('makes it no listing where a rule reads it, and is named', async () => {
    const { add, check } = installation(ena());
    await add({ sourceId: 'study:PRJEB37886' });
    await ena().control.set({ droppedColumns: ['sample_alias', 'fastq_md5'] });
    const { listed } = await check('study:PRJEB37886');
    expect(listed).toMatchObject({ outcome: 'rejected', code: 'refused', detail: expect.stringContaining('fastq_md5') as string });
  });
});

it('takes a listing with values that are not as the schema says, keeps all of them beside the evidence, and warns', async () => {
  const { add, check, objects } = installation(ena());
  await add({ sourceId: 'study:PRJEB37886' });
  const [file] = await ena().control.files();
  const { accession } = (await ena().control.files()).find(({ path }) => path.includes('ERR5')) ?? file!;
  await ena().control.change({ kind: 'edit', accession, fields: { lat: '52 N', first_public: 'soon' } });
  const { listed, source } = await check('study:PRJEB37886');
  expect(listed).toMatchObject({ outcome: 'listed' });
  const detail = '1 of 12 rows are not as trawl.listing/1 says: first_public 1 (date), lat 1 (degrees)';
  expect(source.generatedWarning).toEqual([{ code: 'values-invalid', detail }]);
  expect(JSON.parse(objects.text('listings/study-PRJEB37886/1/validation.json') ?? '')).toEqual({
    v: 1,
    schema: 'trawl.listing/1',
    absentColumns: [],
    rows: 12,
    invalidRows: 1,
    counts: [
      { column: 'first_public', rule: 'date', rows: 1 },
      { column: 'lat', rule: 'degrees', rows: 1 },
    ],
    errors: [
      { accession, column: 'first_public', rule: 'date', value: 'soon' },
      { accession, column: 'lat', rule: 'degrees', value: '52 N' },
    ],
  });
});

it('names a source that ENA does not know', async () => {
  const { add, check } = installation(ena());
  await add({ sourceId: 'study:PRJEB99999999' });
  const { listed, source } = await check('study:PRJEB99999999');
  expect(listed).toMatchObject({ outcome: 'unknown-source' });
  expect(source.generatedWarning).toMatchObject([{ code: 'source-unknown' }]);
});
