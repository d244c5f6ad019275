import { createServer, type Server } from 'node:http';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { exportRunsHandler } from '../../../functions/export-runs/handler';
import { memoryMachines } from '../../../layers/adapters/fakes/machines';
import { exportRoutes } from '../../../layers/core/api/export-routes';
import { operationRoutes } from '../../../layers/core/api/operation-routes';
import { included, mirrored, SOURCE } from '../functions/query-runs/mirrored';
import { containing } from '../matchers';
import { startInstallation, trawl, type Installation } from './installation';

const environment = { ...process.env };
const folder = mkdtempSync(join(tmpdir(), 'trawl-export-'));
let installation: Installation;
let bucket: Server;
/** Bytes after which the bucket breaks off its next answers. */
let breaks: number[] = [];
let ranges: (string | undefined)[] = [];

beforeEach(async () => {
  breaks = [];
  ranges = [];
  let ids = 0;
  const mirror = await mirrored([
    { run_accession: 'ERR100001', record: included('ERR100001', 'complete') },
    { run_accession: 'ERR100002' },
  ]);
  const deps = { ...mirror, root: '/data', now: () => new Date(), newId: () => `n${(ids += 1)}` };
  const handle = exportRunsHandler(deps);
  const machines = memoryMachines();
  const started = {
    ...machines,
    start: async (...given: Parameters<typeof machines.start>) => (await handle({ operationId: given[1] }), machines.start(...given)),
  };
  bucket = createServer((request, response) => {
    const { range } = request.headers;
    ranges.push(range);
    const key = (request.url ?? '').slice(1);
    const path = join(folder, 'object');
    void mirror.objects.download(key, path).then(() => {
      const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
      const rest = readFileSync(path).subarray(from);
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length });
      const broken = breaks.shift();
      if (broken === undefined) return void response.end(rest);
      response.write(rest.subarray(0, broken), () => setTimeout(() => response.destroy(), 50));
    });
  });
  await new Promise<void>((resolve) => bucket.listen(0, '127.0.0.1', resolve));
  const { port } = bucket.address() as AddressInfo;
  const linkTo = async (key: string): Promise<string> => `http://127.0.0.1:${port}/${key}`;
  installation = await startInstallation([...exportRoutes({ ...deps, machines: started, linkTo }), ...operationRoutes(deps)]);
  Object.assign(process.env, { TRAWL_URL: installation.url, TRAWL_TOKEN: 'viewer-token' });
});
afterEach(async () => {
  process.env = { ...environment };
  await installation.close();
  await new Promise((resolve) => bucket.close(resolve));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a TSV is fetched and unpacked; --json says what came', async () => {
  const output = join(folder, 'runs.tsv');
  const { code, stdout } = await trawl('export', SOURCE, '--output', output, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ output, rows: 2, cycle: 1 });
  const [header, ...lines] = readFileSync(output, 'utf8').trimEnd().split('\n');
  expect(header).toMatch(/^run_accession\t/);
  expect(lines.map((line) => line.split('\t')[0])).toEqual(['ERR100001', 'ERR100002']);
  expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([]);
});

test('a name with .gz keeps it packed', async () => {
  const output = join(folder, 'runs.jsonl.gz');
  expect(await trawl('export', SOURCE, '--format', 'jsonl', '--state', 'complete', '--output', output)).toMatchObject({
    code: 0,
    stdout: containing('1 runs'),
  });
  expect(JSON.parse(gunzipSync(readFileSync(output)).toString('utf8'))).toMatchObject({ run_accession: 'ERR100001', state: 'complete' });
});

test('a connection that breaks is taken up where it broke', async () => {
  const output = join(folder, 'sheet.csv');
  breaks = [20, 30];
  expect(await trawl('export', SOURCE, '--format', 'samplesheet', '--output', output)).toMatchObject({ code: 0 });
  expect(ranges).toEqual([undefined, 'bytes=20-', 'bytes=50-']);
  expect(readFileSync(output, 'utf8')).toMatch(
    /^sample,fastq_1,fastq_2\nERR100001,\/data\/runs\/ERR100\/.*_1\.fastq\.gz,.*_2\.fastq\.gz\n$/,
  );
});

test('what does not come whole is told, leaves the output alone, and goes on with --operation', async () => {
  const output = join(folder, 'kept.csv');
  writeFileSync(output, 'as before');
  breaks = [10, 0, 0, 0];
  const failed = await trawl('export', SOURCE, '--format', 'samplesheet', '--output', output);
  expect(failed).toMatchObject({ code: 3, stderr: containing('10 of ') });
  expect(readFileSync(output, 'utf8')).toBe('as before');
  const operation = /kept\.csv\.(.+)\.part/.exec(readdirSync(folder).join('\n'))?.[1] ?? '';
  expect(await trawl('export', SOURCE, '--output', output, '--operation', operation)).toMatchObject({ code: 0 });
  expect(ranges.at(-1)).toBe('bytes=10-');
  expect(readFileSync(output, 'utf8')).toMatch(/^sample,/);
});

test('a format that is none is told before anything is sent', async () => {
  expect(await trawl('export', SOURCE, '--format', 'xlsx')).toMatchObject({ code: 2, stderr: containing('Allowed choices are') });
  expect(installation.requests).toEqual([]);
});
