import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { enaControl } from '../../world/ena/control';
import type { Ena } from '../../world/ena/server';
import { firstFileUrl, search, startSmallEna } from './ena-fixture';

const DATES = ['first_public', 'last_updated', 'first_created'] as const;

describe('the control of the ENA stand-in', () => {
  let ena: Ena;
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'trawl-ena-'));
    ena = await startSmallEna();
  });
  afterAll(async () => {
    await ena.stop();
    rmSync(directory, { recursive: true });
  });
  beforeEach(() => ena.control.reset());
  const found = async (accession: string) => (await search(ena, `run_accession="${accession}"`))[0];

  it('adds a run like another, with files of its own', async () => {
    const added = await ena.control.change({
      kind: 'add',
      accession: 'ERR9000001',
      like: 'ERR5392535',
      fields: { first_public: '2026-11-01' },
    });
    expect(added).toMatchObject({ tax_id: '2697049', first_public: '2026-11-01', study_accession: 'PRJEB37886' });
    expect(await search(ena, 'study_accession="PRJEB37886"')).toHaveLength(13);
    const model = await ena.control.row('ERR5392535');
    expect(added['fastq_ftp']!.split(';')).toHaveLength(3);
    expect(added['fastq_md5']).not.toBe(model['fastq_md5']);
    const response = await fetch(firstFileUrl(ena, added));
    expect(String((await response.arrayBuffer()).byteLength)).toBe(added['fastq_bytes']!.split(';')[0]);
  });

  it('adds a run from nothing, with the files named or with none', async () => {
    const fields = { tax_id: '9031', study_accession: 'PRJEB1' };
    const files = [{ name: 'ERR9000002.fastq.gz', bytes: 5_000 }];
    const withFile = await ena.control.change({ kind: 'add', accession: 'ERR9000002', fields, files });
    const without = await ena.control.change({ kind: 'add', accession: 'ERR9000003', fields });
    expect([(await fetch(firstFileUrl(ena, withFile))).status, without['fastq_ftp']]).toEqual([200, '']);
    expect(await search(ena, 'tax_eq(9031)')).toHaveLength(36);
  });

  it('changes bytes and md5 of a file while no date and no name changes', async () => {
    const columns = ['run_accession', 'fastq_ftp', ...DATES];
    const before = await ena.control.row('ERR2812343');
    const after = await ena.control.change({ kind: 'regenerate', accession: 'ERR2812343' });
    expect(columns.map((column) => after[column])).toEqual(columns.map((column) => before[column]));
    expect(after['fastq_md5']).not.toBe(before['fastq_md5']);
    expect((await fetch(firstFileUrl(ena, after))).headers.get('etag')).toBe(`"${after['fastq_md5']}"`);
    expect(await found('ERR2812343')).toMatchObject({ fastq_md5: after['fastq_md5'] });
  });

  it('edits columns, withdraws a run with its files, and brings it back', async () => {
    await ena.control.change({ kind: 'edit', accession: 'ERR2812343', fields: { last_updated: '2026-11-20' } });
    const row = await ena.control.row('ERR2812343');
    expect(row).toMatchObject({ last_updated: '2026-11-20' });
    await ena.control.change({ kind: 'withdraw', accession: 'ERR2812343' });
    expect([await found('ERR2812343'), (await fetch(firstFileUrl(ena, row))).status]).toEqual([undefined, 404]);
    await ena.control.change({ kind: 'restore', accession: 'ERR2812343' });
    expect([await ena.control.row('ERR2812343'), (await fetch(firstFileUrl(ena, row))).status]).toEqual([row, 200]);
  });

  it.each([
    [{ kind: 'withdraw', accession: 'ERR0000009' }, 404],
    [{ kind: 'add', accession: 'ERR9000004', like: 'ERR0000009' }, 404],
    [{ kind: 'add', accession: 'ERR2812343' }, 409],
    [{ kind: 'regenerate', accession: 'ERR1190989' }, 409],
    [{ kind: 'edit', accession: '../etc', fields: {} }, 422],
    [{ kind: 'add', accession: 'ERR9000005', files: [{ name: '../x', bytes: 5_000 }] }, 422],
    [{ kind: 'edit', accession: 'ERR2812343', fields: { country: 'a\tb' } }, 422],
  ] as const)('refuses %j with %i', async (change, status) => {
    await expect(ena.control.change(change as never)).rejects.toMatchObject({ name: 'EnaControlError', status });
  });

  it('refuses a fault that its surface cannot show', async () => {
    await expect(ena.control.inject({ on: 'files', fault: { kind: 'header-only' } as never })).rejects.toMatchObject({ status: 422 });
    await expect(ena.control.row('ERR0000009')).rejects.toMatchObject({ status: 404 });
  });

  it('notes every request with its parameters, range and bytes, and none of its own', async () => {
    await search(ena, 'tax_eq(9031)', 'run_accession');
    const row = await ena.control.row('ERR2812343');
    await fetch(firstFileUrl(ena, row), { headers: { range: 'bytes=0-99' } });
    await fetch(firstFileUrl(ena, row), { method: 'HEAD' });
    const body = new URLSearchParams({ result: 'read_run', query: 'tax_eq(1)' });
    await fetch(`${ena.url}/ena/portal/api/count`, { method: 'POST', body });
    const path = firstFileUrl(ena, row).slice(ena.url.length);
    expect(await ena.control.requests()).toMatchObject([
      { method: 'GET', path: '/ena/portal/api/search', query: { query: 'tax_eq(9031)', limit: '0' }, range: null, status: 200 },
      { method: 'GET', path, range: 'bytes=0-99', status: 206, bytesSent: 100 },
      { method: 'HEAD', path, status: 200, bytesSent: 0 },
      { method: 'POST', path: '/ena/portal/api/count', query: { query: 'tax_eq(1)' }, status: 200, bytesSent: 8 },
    ]);
    await ena.control.clearRequests();
    expect(await ena.control.requests()).toEqual([]);
  });

  it('keeps changes over a restart where it has a journal, until the reset', async () => {
    const statePath = join(directory, 'state.jsonl');
    const first = await startSmallEna({ statePath });
    const changed = await first.control.change({ kind: 'regenerate', accession: 'ERR2812343' });
    await first.control.change({ kind: 'add', accession: 'ERR9000006', like: 'ERR2812343' });
    await first.stop();
    const second = await startSmallEna({ statePath });
    try {
      expect(await search(second, 'run_accession="ERR9000006"')).toHaveLength(1);
      expect((await second.control.row('ERR2812343'))['fastq_md5']).toBe(changed['fastq_md5']);
      await second.control.reset();
      expect([existsSync(statePath), await search(second, 'run_accession="ERR9000006"')]).toEqual([false, []]);
    } finally {
      await second.stop();
    }
  });

  it('says which port is taken instead of starting', async () => {
    await expect(startSmallEna({ port: ena.port })).rejects.toThrow(/EADDRINUSE/);
  });

  it('runs as a process that says where it listens, obeys from outside, and ends on SIGTERM', async () => {
    const main = join(__dirname, '../../world/ena/main.ts');
    const files = join(__dirname, '../../../.trawl/ena-unit-files');
    const child = spawn(process.execPath, ['--import', 'tsx', main, '--files', files, '--total-bytes', '2000000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
      const told = JSON.parse(line) as { url: string; pid: number };
      expect(told.pid).toBe(child.pid);
      expect(await enaControl(told.url).files()).toHaveLength(76);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
