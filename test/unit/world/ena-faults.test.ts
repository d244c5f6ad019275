import { createHash } from 'node:crypto';
import type { FaultRuleInput } from '../../world/ena/control-schema';
import type { Ena } from '../../world/ena/server';
import { type Answered, firstFileUrl, portal, rowsOf, search, startSmallEna } from './ena-fixture';

const md5 = (content: ArrayBuffer | Buffer) =>
  createHash('md5')
    .update(Buffer.from(content as ArrayBuffer))
    .digest('hex');

describe('the ENA stand-in told to misbehave', () => {
  let ena: Ena;
  beforeAll(async () => {
    ena = await startSmallEna();
  });
  afterAll(() => ena.stop());
  beforeEach(() => ena.control.reset());

  const query = 'run_accession="ERR2812343"';
  const asked = { query, fields: 'run_accession,fastq_ftp,fastq_md5', limit: '0' };
  const onPortal = (fault: Extract<FaultRuleInput, { on: 'portal' }>['fault']) => ena.control.inject({ on: 'portal', fault });
  const answered = async () => {
    const response = await portal(ena, 'search', asked);
    return { status: response.status, headers: response.headers, body: await response.text() };
  };

  it('says 429 with and without Retry-After', async () => {
    await onPortal({ kind: 'status', status: 429, retryAfterSeconds: 7 });
    await onPortal({ kind: 'status', status: 429 });
    const first = await answered();
    expect([first.status, first.headers.get('retry-after'), first.body]).toEqual([429, '7', 'Too Many Requests\n']);
    const second = await answered();
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, null]);
    expect((await answered()).status).toBe(200);
  });

  it.each([500, 502])('says %i with a page of HTML', async (status) => {
    await onPortal({ kind: 'status', status, isHtml: true });
    const { headers, body, ...rest } = await answered();
    expect([rest.status, headers.get('content-type'), body.slice(0, 15)]).toEqual([status, 'text/html', '<!DOCTYPE html>']);
  });

  it('says 200 with nothing, with a header alone, and with blank file columns', async () => {
    for (const kind of ['zero-bytes', 'header-only', 'blank-files'] as const) await onPortal({ kind });
    const bodies = [await answered(), await answered(), await answered()].map(({ status, body }) => [status, body]);
    expect(bodies).toEqual([
      [200, ''],
      [200, 'run_accession\tfastq_ftp\tfastq_md5\n'],
      [200, 'run_accession\tfastq_ftp\tfastq_md5\nERR2812343\t\t\n'],
    ]);
  });

  it('leaves a column out and calls one by another name', async () => {
    await onPortal({ kind: 'missing-column', column: 'fastq_ftp' });
    await onPortal({ kind: 'renamed-column', column: 'fastq_md5', as: 'md5' });
    expect(Object.keys(rowsOf((await answered()).body)[0]!)).toEqual(['run_accession', 'fastq_md5']);
    const renamed = rowsOf((await answered()).body)[0]!;
    expect([Object.keys(renamed), renamed['md5']]).toEqual([['run_accession', 'fastq_ftp', 'md5'], expect.stringMatching(/^\w{32}$/)]);
  });

  it('refuses a column that it has dropped, and does not name it', async () => {
    const fault = { kind: 'dropped-columns' as const, columns: ['fastq_md5'] };
    await ena.control.inject({ on: 'portal', times: 2, fault });
    expect(await answered()).toMatchObject({ status: 400, body: expect.stringContaining('fastq_md5') as string });
    const fields = async (): Promise<string> => (await portal(ena, 'returnFields', { result: 'read_run' })).text();
    expect(await fields()).not.toContain('fastq_md5');
    expect(await fields()).toContain('fastq_md5');
  });

  it('ends a body in the middle as if it were whole, and says what is wrong in JSON', async () => {
    await onPortal({ kind: 'truncated' });
    await onPortal({ kind: 'json-error', message: 'something is down' });
    const { body } = await answered();
    expect([body.startsWith('run_accession'), body.endsWith('\n')]).toEqual([true, false]);
    expect(JSON.parse((await answered()).body)).toEqual({ message: 'something is down' });
  });

  it.each(['reset', 'cut', 'stall'] as const)('breaks the connection: %s', async (kind) => {
    await onPortal(kind === 'stall' ? { kind, seconds: 0.05 } : { kind });
    await expect(answered()).rejects.toThrow();
    expect((await answered()).status).toBe(200);
  });

  it('answers late, and then as always', async () => {
    const usual = (await answered()).body;
    await onPortal({ kind: 'slow', seconds: 0.05 });
    expect((await answered()).body).toBe(usual);
    expect((await ena.control.requests()).map(({ fault }) => fault)).toEqual([null, 'slow']);
  });

  it('lets the oldest matching rule act, as often as it was told, on matching requests alone', async () => {
    await ena.control.inject({ on: 'portal', contains: 'tax_eq(1)', times: 2, fault: { kind: 'status', status: 503 } });
    await ena.control.inject({ on: 'taxonomy', fault: { kind: 'status', status: 500 } });
    expect((await answered()).status).toBe(200);
    const statuses = [];
    for (let time = 0; time < 3; time++) statuses.push((await portal(ena, 'count', { query: 'tax_eq(1)' })).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect(await ena.control.faults()).toMatchObject([{ on: 'taxonomy', times: 1 }]);
    expect((await fetch(`${ena.url}/ena/taxonomy/rest/tax-id/9031`)).status).toBe(500);
    await onPortal({ kind: 'zero-bytes' });
    await ena.control.inject({ on: 'portal', contains: 'tax_eq(1)', fault: { kind: 'status', status: 503 } });
    await ena.control.clearFaults('tax_eq(1)');
    expect(await ena.control.faults()).toMatchObject([{ fault: { kind: 'zero-bytes' } }]);
    await ena.control.clearFaults();
    expect((await answered()).body).not.toBe('');
  });

  describe('about files', () => {
    let row: Answered;
    let url: string;
    beforeEach(async () => {
      [row = {}] = await search(ena, query);
      url = firstFileUrl(ena, row);
    });
    const onFile = (fault: Extract<FaultRuleInput, { on: 'files' }>['fault']) =>
      ena.control.inject({ on: 'files', contains: 'ERR2812343', fault });

    it('says 404, sends wrong bytes of the right length, and sends half as if it were all', async () => {
      await onFile({ kind: 'status', status: 404 });
      await onFile({ kind: 'wrong-bytes' });
      await onFile({ kind: 'truncated' });
      expect((await fetch(url)).status).toBe(404);
      const bytes = Number(row['fastq_bytes']);
      const wrong = await (await fetch(url)).arrayBuffer();
      expect([wrong.byteLength, md5(wrong) === row['fastq_md5']]).toEqual([bytes, false]);
      expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(Math.floor(bytes / 2));
    });

    it.each(['cut', 'stall'] as const)('breaks off at half (%s), so that the rest can be fetched by range', async (kind) => {
      await onFile(kind === 'stall' ? { kind, seconds: 0.05 } : { kind });
      const half = await received(url);
      const bytes = Number(row['fastq_bytes']);
      expect([half.isWhole, half.content.length]).toEqual([false, Math.floor(bytes / 2)]);
      const rest = await fetch(url, { headers: { range: `bytes=${half.content.length}-` } });
      const joined = Buffer.concat([half.content, Buffer.from(await rest.arrayBuffer())]);
      expect(md5(joined)).toBe(row['fastq_md5']);
      expect((await ena.control.requests()).slice(-2)).toMatchObject([
        { method: 'GET', range: null, status: 200, bytesSent: half.content.length, fault: kind },
        { method: 'GET', range: `bytes=${half.content.length}-`, status: 206, bytesSent: bytes - half.content.length, fault: null },
      ]);
    });
  });

  it('stops at once while an answer is stalled', async () => {
    const other = await startSmallEna();
    try {
      const [row = {}] = await search(other, query);
      await other.control.inject({ on: 'files', fault: { kind: 'stall' } });
      const response = await fetch(firstFileUrl(other, row));
      await other.stop();
      await expect(response.arrayBuffer()).rejects.toThrow();
    } finally {
      await other.stop();
    }
  });
});

async function received(url: string): Promise<{ readonly content: Buffer; readonly isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  const { body } = await fetch(url);
  try {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return { content: Buffer.concat(chunks), isWhole: true };
  } catch {
    return { content: Buffer.concat(chunks), isWhole: false };
  }
}
