import { ArchiveUnavailableError } from '../../../../layers/core/errors';
import { answer, archive, run, tsv } from './archive';

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
