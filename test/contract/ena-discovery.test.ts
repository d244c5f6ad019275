import { installation } from './ena-installation';
import { standingEna } from './standing-ena';

const ena = standingEna();

it('takes the recorded study from ENA to a plan', async () => {
  const { add, check, plans, stores, objects } = installation(ena());
  await add({ sourceId: 'study:PRJEB28810' });
  const { listed, compared, planned, source } = await check('study:PRJEB28810');
  expect(listed).toEqual({ outcome: 'listed', listingKey: 'listings/study-PRJEB28810/1/listing.parquet', rows: 132 });
  expect(compared).toMatchObject({ known: 132, changes: { new: 132 }, states: { due: 28, excluded: 104 } });
  expect(planned).toMatchObject({ outcome: 'planned', batches: 4, runs: 28, approval: 'none' });
  expect(source).toMatchObject({ listingCycle: 1, plannedBatches: 4, cycleRunning: false, phase: 'running' });
  expect(source.generatedWarning.map(({ code }) => code)).toEqual(['excluded-share', 'files-missing']);
  expect(source.counts).toEqual({ known: 132, excluded: 104, missing: 0, withdrawn: 0, complete: 0, failed: 0 });
  const runs = await plans('study:PRJEB28810', 1);
  expect(new Set(runs.map(({ accession }) => accession)).size).toBe(28);
  const served = new Map((await ena().control.files()).map((file) => [`${ena().url}${file.path}`, file]));
  for (const { files } of runs) for (const { url, bytes, md5 } of files) expect(served.get(url)).toMatchObject({ bytes, md5 });
  expect((await stores.batches.ofSource('study:PRJEB28810')).every(({ runCount }) => runCount <= 8)).toBe(true);
  expect(objects.keys().filter((key) => !key.startsWith('plans/'))).toEqual([
    'listings/study-PRJEB28810/1/evidence.json',
    'listings/study-PRJEB28810/1/listing.parquet',
    'listings/study-PRJEB28810/1/raw.tsv.gz',
    'listings/study-PRJEB28810/1/validation.json',
    'sources/study-PRJEB28810/1/due.jsonl',
    'sources/study-PRJEB28810/1/included.jsonl',
    'sources/study-PRJEB28810/1/runs.parquet',
    'sources/study-PRJEB28810/1/summary.json',
  ]);
});

it('leaves the orphan of three-file runs out', async () => {
  const { add, check, plans } = installation(ena());
  await add({ sourceId: 'study:PRJEB37886' });
  expect((await check('study:PRJEB37886')).compared).toMatchObject({ known: 12, states: { due: 12 } });
  const names = (await plans('study:PRJEB37886', 1)).map(({ files }) => files.map(({ name }) => name.replace(/^ERR\d+/, '')));
  expect(new Set(names.map(String))).toEqual(new Set(['_1.fastq.gz,_2.fastq.gz']));
});

it('finds what two sources share complete in the second one', async () => {
  const { add, check, fetchAll } = installation(ena());
  await add({ sourceId: 'study:PRJEB28810' });
  await add({ sourceId: 'taxon:9031', includeSubtree: true });
  await check('study:PRJEB28810');
  await fetchAll('study:PRJEB28810', 1);
  expect((await check('taxon:9031')).compared).toMatchObject({ known: 34, states: { complete: 6, due: 12, excluded: 16 } });
});

it('lists in windows what it lists at once', async () => {
  const sourceId = 'study:PRJEB99000';
  await ena().control.synthesize({ count: 120, study: 'PRJEB99000' });
  const whole = installation(ena());
  const parts = installation(ena(), { rowLimit: 40, secondsPerCall: 10 });
  for (const { add } of [whole, parts]) await add({ sourceId });
  const [one, other] = [await whole.check(sourceId), await parts.check(sourceId)];
  expect(one.listed).toMatchObject({ outcome: 'listed', rows: 120 });
  expect(other.listed).toEqual(one.listed);
  expect(other.compared).toEqual(one.compared);
  expect(parts.objects.keys()).toContain('listings/study-PRJEB99000/1/windows/3.tsv.gz');
  expect(await parts.query({ sourceId, limit: 500 })).toEqual(await whole.query({ sourceId, limit: 500 }));
});

describe('a second check', () => {
  it('finds nothing new, whatever the order of rows', async () => {
    const { add, check, fetchAll } = installation(ena());
    await add({ sourceId: 'taxon:9031', includeSubtree: true });
    await check('taxon:9031');
    await fetchAll('taxon:9031', 1);
    const { compared, planned, source } = await check('taxon:9031');
    expect(compared).toMatchObject({ changes: { unchanged: 34, new: 0, changed: 0 }, states: { complete: 18, due: 0, excluded: 16 } });
    expect(planned).toMatchObject({ batches: 0, runs: 0 });
    expect(source.counts).toEqual({ known: 34, excluded: 16, missing: 0, withdrawn: 0, complete: 18, failed: 0 });
  });

  it('catches an added row alone', async () => {
    const { add, check, fetchAll, plans } = installation(ena());
    await add({ sourceId: 'taxon:9031', includeSubtree: true });
    await check('taxon:9031');
    await fetchAll('taxon:9031', 1);
    const [like] = await plans('taxon:9031', 1);
    await ena().control.change({ kind: 'add', accession: 'ERR9990001', like: like!.accession });
    expect((await check('taxon:9031')).planned).toMatchObject({ batches: 1, runs: 1 });
    expect((await plans('taxon:9031', 2)).map(({ accession }) => accession)).toEqual(['ERR9990001']);
  });

  it('takes a run whose md5 changed while its dates did not, beside the old one', async () => {
    const { add, check, fetchAll, plans } = installation(ena());
    await add({ sourceId: 'taxon:9031', includeSubtree: true });
    await check('taxon:9031');
    await fetchAll('taxon:9031', 1);
    const [first] = await plans('taxon:9031', 1);
    await ena().control.change({ kind: 'regenerate', accession: first!.accession });
    expect((await check('taxon:9031')).compared).toMatchObject({ changes: { changed: 1, unchanged: 33 }, states: { due: 1 } });
    const [again] = await plans('taxon:9031', 2);
    expect(again?.accession).toBe(first?.accession);
    expect(again?.filesHash).not.toBe(first?.filesHash);
  });

  it('calls a vanished run missing, after three good listings withdrawn, keeps it, and sees it return', async () => {
    const { add, check, fetchAll, plans, query } = installation(ena());
    await add({ sourceId: 'taxon:9031', includeSubtree: true });
    await check('taxon:9031');
    const [first] = await plans('taxon:9031', 1);
    await fetchAll('taxon:9031', 1);
    await ena().control.change({ kind: 'withdraw', accession: first!.accession });
    for (const cycle of [2, 3]) {
      expect((await check('taxon:9031')).compared).toMatchObject({
        known: 34,
        changes: { missing: 1, withdrawn: 0 },
        states: { complete: 18 },
      });
      await fetchAll('taxon:9031', cycle);
    }
    const gone = await check('taxon:9031');
    expect(gone.compared).toMatchObject({ known: 34, changes: { withdrawn: 1 }, states: { complete: 18 } });
    expect(gone.source.counts).toMatchObject({ known: 34, withdrawn: 1, complete: 18 });
    const page = await query({ sourceId: 'taxon:9031', limit: 100, search: first!.accession });
    expect(page).toMatchObject({ items: [{ change: 'withdrawn', state: 'complete', filesHash: first?.filesHash }] });
    await ena().control.change({ kind: 'restore', accession: first!.accession });
    await fetchAll('taxon:9031', 4);
    expect((await check('taxon:9031')).compared).toMatchObject({ known: 34, changes: { returned: 1 }, states: { complete: 18, due: 0 } });
  });
});
