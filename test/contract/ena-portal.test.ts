import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enaPortal } from '../../layers/adapters/ena/portal';
import { ASKED_COLUMNS } from '../../layers/core/discovery/columns';
import { judgeListing, scanListing, type Judgement } from '../../layers/core/discovery/acceptance';
import { listingQuery } from '../../layers/core/discovery/query';
import { ArchiveUnavailableError } from '../../layers/core/errors';
import type { EnaPortal } from '../../layers/core/ports/ena';
import type { FaultRuleInput } from '../world/ena/control-schema';
import { startEna, type Ena } from '../world/ena/server';

const filesDir = mkdtempSync(join(tmpdir(), 'trawl-ena-'));
let ena: Ena;
let portal: EnaPortal;
beforeAll(async () => {
  ena = await startEna({ filesDir, totalBytes: 1_000_000 });
  const timeouts = { connectSeconds: 2, answerSeconds: 0.5, silenceSeconds: 0.5 };
  portal = enaPortal({ portalUrl: `${ena.url}/ena/portal/api`, taxonomyUrl: `${ena.url}/ena/taxonomy/rest`, timeouts });
});
beforeEach(() => ena.control.reset());
afterAll(async () => {
  await ena.stop();
  rmSync(filesDir, { recursive: true });
});

const chicken = listingQuery({ sourceId: 'taxon:9031', includeSubtree: true });
const study = listingQuery({ sourceId: 'study:PRJEB28810', includeSubtree: false });
const inject = (fault: FaultRuleInput['fault'], contains: string): Promise<unknown> =>
  ena.control.inject({ on: 'portal', contains, fault } as FaultRuleInput);

async function judged(query: string): Promise<Judgement & { readonly rows?: number }> {
  const before = await portal.count(query);
  const answer = await portal.list(query, ASKED_COLUMNS);
  if (answer.outcome === 'refused' || before.outcome === 'refused') throw new Error('refused');
  const scan = scanListing(ASKED_COLUMNS.length);
  for await (const chunk of answer.body) scan.push(chunk);
  const facts = {
    columns: ASKED_COLUMNS,
    contentType: answer.contentType,
    scan: scan.result(),
    countBefore: before.rows,
    countAfter: before.rows,
  };
  return { ...judgeListing(facts), rows: facts.scan.rows };
}

describe('asking ENA', () => {
  it('lists a study whole, with every column as asked', async () => {
    expect(await judged(study)).toEqual({ outcome: 'accepted', rows: 132 });
  });

  it('asks for everything explicitly: fields, and a limit of none', async () => {
    await judged(chicken);
    const search = (await ena.control.requests()).find(({ path }) => path.endsWith('/search'));
    expect(search?.query).toEqual({
      result: 'read_run',
      query: 'tax_tree(9031)',
      fields: ASKED_COLUMNS.join(','),
      format: 'tsv',
      limit: '0',
    });
  });

  it('takes the 204 of older deployments for no runs', async () => {
    await ena.control.set({ emptyStatus: 204 });
    expect(await judged('tax_eq(999999)')).toEqual({ outcome: 'accepted', rows: 0 });
  });

  it('finds a study by either accession, and none that is not there', async () => {
    const found = await portal.study('PRJEB28810');
    expect(found).toEqual({
      ...{ outcome: 'found', primary: 'PRJEB28810', secondary: expect.stringMatching(/^ERP/) as string },
      title: expect.stringMatching(/\w/) as string,
    });
    expect(await portal.study(found.outcome === 'found' ? found.secondary : '')).toEqual(found);
    expect(await portal.study('PRJEB99999999')).toEqual({ outcome: 'unknown' });
  });

  it('finds a taxon by its number', async () => {
    expect(await portal.taxon(9031)).toEqual({ outcome: 'found', taxId: 9031, scientificName: 'Gallus gallus', rank: 'species' });
    expect(await portal.taxon(999_999_999)).toEqual({ outcome: 'unknown' });
  });

  it('names the column that ENA does not know any more', async () => {
    const answer = await portal.list(study, ['run_accession', 'cram_index_ftp']);
    expect(answer).toEqual({
      outcome: 'refused',
      detail: 'HTTP 400 Invalid fieldName(s) supplied: cram_index_ftp',
      unknownColumns: ['cram_index_ftp'],
    });
  });

  it('passes on what ENA says of a query that it refuses', async () => {
    expect(await portal.count('fastq_bytes>=1')).toEqual({
      outcome: 'refused',
      detail: 'HTTP 400 Invalid column (fastq_bytes) has been provided in query',
    });
  });
});

describe('an answer that is not whole', () => {
  it.each([
    { fault: { kind: 'zero-bytes' }, code: 'no-answer' },
    { fault: { kind: 'truncated' }, code: 'cut-short' },
    { fault: { kind: 'header-only' }, code: 'row-count' },
    { fault: { kind: 'missing-column', column: 'fastq_md5' }, code: 'header-mismatch' },
    { fault: { kind: 'renamed-column', column: 'fastq_md5', as: 'fastq_md5sum' }, code: 'header-mismatch' },
    { fault: { kind: 'json-error', message: 'Something unexpected went wrong', status: 200 }, code: 'not-a-table' },
  ] as const)('is rejected as $code', async ({ fault, code }) => {
    await inject(fault, '/search?');
    expect(await judged(study)).toMatchObject({ outcome: 'rejected', code });
  });
});

describe('an ENA that is unwell', () => {
  it.each([
    {
      name: 'too many requests, with the wait it asks for',
      fault: { kind: 'status', status: 429, retryAfterSeconds: 7 },
      says: /HTTP 429/,
      wait: 7,
    },
    { name: 'a gateway page', fault: { kind: 'status', status: 502, isHtml: true }, says: /HTTP 502 with a page of HTML/, wait: undefined },
    { name: 'a connection that is reset', fault: { kind: 'reset' }, says: /ECONNRESET|other side closed/, wait: undefined },
    { name: 'silence', fault: { kind: 'stall', seconds: 60 }, says: /Headers Timeout/, wait: undefined },
    { name: 'an answer that breaks off', fault: { kind: 'cut' }, says: /broke off/, wait: undefined },
  ] as const)('is reported as unavailable: $name', async ({ fault, says, wait }) => {
    await inject(fault, '/search?');
    const failure = await judged(study).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ArchiveUnavailableError);
    expect(failure).toMatchObject({ message: expect.stringMatching(says) as string, retryAfterSeconds: wait });
  });

  it('is unavailable when a count is none', async () => {
    await inject({ kind: 'zero-bytes' }, '/count?');
    await expect(portal.count(study)).rejects.toThrow(/no count but nothing/);
  });

  it('is unavailable when nothing listens', async () => {
    const nobody = enaPortal({ portalUrl: 'http://127.0.0.1:2', taxonomyUrl: 'http://127.0.0.1:2' });
    await expect(nobody.count(study)).rejects.toThrow(/ENA is unavailable: .*ECONNREFUSED/);
  });
});
