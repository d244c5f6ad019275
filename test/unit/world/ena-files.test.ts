import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ensureFastq, planSizes } from '../../world/ena/fastq';
import { loadRecordings } from '../../world/ena/recorded';
import type { Ena } from '../../world/ena/server';
import { type Answered, firstFileUrl, search, startSmallEna } from './ena-fixture';

const md5 = (content: Buffer) => createHash('md5').update(content).digest('hex');
const get = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { headers });
  return { response, body: Buffer.from(await response.arrayBuffer()) };
};
const DEMO = 'study_accession="PRJEB28810" OR study_accession="PRJEB37886" OR tax_eq(9031)';

describe('the files of the ENA stand-in', () => {
  let ena: Ena;
  let row: Answered;
  let url: string;
  let whole: Buffer;
  beforeAll(async () => {
    ena = await startSmallEna();
    [row = {}] = await search(ena, 'run_accession="ERR2812343"');
    url = firstFileUrl(ena, row);
    whole = (await get(url)).body;
  });
  afterAll(() => ena.stop());

  it('are the bytes and md5 that the rows say, for every file of the demo', async () => {
    const rows = (await search(ena, DEMO)).filter((demo) => demo['fastq_ftp'] !== '');
    const told = rows.flatMap((demo) => {
      const [paths = [], bytes = [], sums = []] = ['fastq_ftp', 'fastq_bytes', 'fastq_md5'].map((column) => demo[column]!.split(';'));
      return paths.map((path, at) => ({ path: path.replace('ftp.sra.ebi.ac.uk', ''), bytes: Number(bytes[at]), md5: sums[at] }));
    });
    for (const file of told) {
      const { body } = await get(ena.url + file.path);
      expect({ path: file.path, bytes: body.length, md5: md5(body) }).toEqual(file);
    }
    expect(new Set(told.map((file) => file.md5)).size).toBe(76);
    const total = told.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(Math.abs(total / 2_000_000 - 1)).toBeLessThan(0.05);
    expect(await ena.control.files()).toHaveLength(76);
  });

  it('are FASTQ: four lines a read, bases and qualities of one length', () => {
    const lines = gunzipSync(whole).toString().trimEnd().split('\n');
    expect(lines.length % 4).toBe(0);
    for (let at = 0; at < lines.length; at += 4) {
      expect(lines[at]).toBe(`@ERR2812343.${String(at / 4 + 1).padStart(9, '0')}`);
      expect([lines[at + 1], lines[at + 2]]).toEqual([expect.stringMatching(/^[ACGT]{100}$/), '+']);
      expect(lines[at + 3]).toHaveLength(100);
    }
  });

  it('hold the same reads in both mates of a run of three files, orphans first', async () => {
    const [paired = {}] = await search(ena, 'run_accession="ERR5392535"');
    const paths = paired['fastq_ftp']!.split(';');
    expect(paths.map((path) => path.replace(/.*\//, ''))).toEqual(['', '_1', '_2'].map((mate) => `ERR5392535${mate}.fastq.gz`));
    const names = await Promise.all(
      paths.slice(1).map(async (path) => {
        const { body } = await get(ena.url + path.replace('ftp.sra.ebi.ac.uk', ''));
        return gunzipSync(body)
          .toString()
          .match(/^@ERR.*(?=\/[12]$)/gm);
      }),
    );
    expect(names[0]!.length).toBeGreaterThan(20);
    expect(names[0]).toEqual(names[1]);
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=100-', 100, undefined],
    ['bytes=-7', -7, undefined],
    ['bytes=5-99999999999', 5, undefined],
    ['bytes=-99999999999', 0, undefined],
  ])('are served in part for %s', async (range, from, to) => {
    const { response, body } = await get(url, { range });
    const part = whole.subarray(from, to);
    const first = from < 0 ? whole.length + from : from;
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${first}-${first + part.length - 1}/${whole.length}`);
    expect(body.equals(part)).toBe(true);
  });

  it.each(['bytes=9-5', 'bytes=-', 'bytes=0-1,5-6', 'lines=1-2', 'nonsense'])('are served whole for the range %j', async (range) => {
    const { response, body } = await get(url, { range });
    expect([response.status, md5(body)]).toEqual([200, row['fastq_md5']]);
  });

  it.each(['bytes=99999999-', 'bytes=-0'])('refuse a range beyond the end, %s', async (range) => {
    const { response } = await get(url, { range });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, `bytes */${whole.length}`]);
  });

  it('go on in part while If-Range still names them, and from the start when they changed', async () => {
    const { response } = await get(url);
    const [etag, date] = [response.headers.get('etag')!, response.headers.get('last-modified')!];
    const statuses = [etag, date, '"other"'].map(
      async (condition) => (await get(url, { range: 'bytes=3-', 'if-range': condition })).response.status,
    );
    expect(await Promise.all(statuses)).toEqual([206, 206, 200]);
  });

  it('tell size and checksum to HEAD, without a body', async () => {
    const response = await fetch(url, { method: 'HEAD' });
    expect([response.headers.get('content-length'), response.headers.get('etag')]).toEqual([row['fastq_bytes'], `"${row['fastq_md5']}"`]);
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    expect((await response.arrayBuffer()).byteLength).toBe(0);
  });

  it('are 404 where the archive only knows their names', async () => {
    const [other = {}] = await search(ena, 'run_accession="ERR1190989"');
    expect(other['fastq_md5']).toBe('9d44144fc8af59f5e1329bb3948df3d3');
    expect((await fetch(firstFileUrl(ena, other))).status).toBe(404);
  });
});

describe('generated reads', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'trawl-fastq-'));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });
  const spec = { accession: 'ERR1', fileName: 'ERR1.fastq.gz', targetBytes: 20_000, seed: 1 };

  it('depend on accession, file name and seed alone', () => {
    const sums = [spec, { ...spec, seed: 2 }, { ...spec, accession: 'ERR2' }, { ...spec, fileName: 'ERR1_1.fastq.gz' }].map(
      (variant) => ensureFastq(directory, variant).md5,
    );
    expect(new Set(sums).size).toBe(4);
    const elsewhere = mkdtempSync(join(directory, 'other-'));
    expect(ensureFastq(elsewhere, spec).md5).toBe(sums[0]);
  });

  it('are made once, and made anew when the kept file was damaged', () => {
    const first = ensureFastq(directory, spec);
    const { mtimeMs } = statSync(first.diskPath);
    expect(ensureFastq(directory, spec)).toEqual(first);
    expect(statSync(first.diskPath).mtimeMs).toBe(mtimeMs);
    truncateSync(first.diskPath, 5);
    expect(ensureFastq(directory, spec)).toEqual(first);
    expect(statSync(first.diskPath).size).toBe(first.bytes);
    expect(readdirSync(directory).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('are planned with one size for the two mates of a run, whatever was recorded', () => {
    const recordings = loadRecordings(join(__dirname, '../../world/ena/data'), 2_000_000_000, 1);
    const specs = recordings.find(({ row }) => row['run_accession'] === 'ERR5392535')!.specs;
    const [orphans = 0, first = 0, second = 0] = specs.map(({ targetBytes }) => targetBytes);
    expect(first).toBe(second);
    expect(first).toBeGreaterThan(orphans);
  });

  it('are planned in proportion, above a floor, and add up to the total', () => {
    const recorded = fc.array(fc.integer({ min: 1, max: 10_000_000_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(recorded, fc.integer({ min: 1_000_000, max: 200_000_000 }), (bytes, total) => {
        const planned = planSizes(bytes, total);
        const floor = Math.min(50_000, Math.floor(total / (2 * bytes.length)));
        expect(Math.min(...planned)).toBeGreaterThanOrEqual(floor);
        const sum = planned.reduce((all, size) => all + size, 0);
        expect(sum).toBeLessThanOrEqual(total + bytes.length);
        // Never grown beyond what was recorded: only an archive that was large enough is cut to the total.
        if (bytes.reduce((all, size) => all + size, 0) >= total) expect(sum).toBeGreaterThanOrEqual(total - bytes.length);
        const order = bytes.map((_, at) => at).sort((left, right) => bytes[left]! - bytes[right]!);
        order.slice(1).forEach((at, before) => {
          expect(planned[at]!).toBeGreaterThanOrEqual(planned[order[before]!]!);
        });
      }),
    );
    expect(planSizes([3_000_000, 1_000_000, 1], 1_000_000).map((size) => Math.round(size / 1000))).toEqual([713, 238, 50]);
  });
});
