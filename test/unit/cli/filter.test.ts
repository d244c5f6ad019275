import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { EXAMPLE_DOCUMENT } from '../../../cli/filter-page';
import { duckDbTables } from '../../../layers/adapters/duckdb/tables';
import { temporaryWorkspace } from '../../../layers/adapters/duckdb/workspace';
import type { RunRecord } from '../../../layers/core/discovery/documents';
import { sourceKeys } from '../../../layers/core/discovery/keys';
import { FILTER_RULE_NAMES } from '../../../layers/core/filters/rules';
import { readFilters } from '../../../layers/core/filters/read-filters';
import { event, source } from '../../contract/stores/samples';
import { containing } from '../matchers';
import { installationForEach, trawl } from './installation';

const ID = 'taxon:562';
let folder = '';
const installation = installationForEach();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trawl-filter-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (value: unknown): string => {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
};
const WGS = { v: 1, rules: [{ rule: 'strategy', parameters: { anyOf: ['WGS'] } }] };
const BAD = { v: 1, rules: [{ rule: 'strtegy' }, { rule: 'layout', parameters: { anyOf: [] } }] };
const filtersOf = async () => (await installation().api.stores.sources.get(ID))?.filters;

const record = (number: number, library_strategy: string, state: RunRecord['state']): RunRecord => ({
  ...{ accession: `ERR10000${number}`, change: 'new', missedListings: 0, verdict: 'included', rule: '', reason: '', note: '' },
  ...{ filesHash: '', fetchKey: `ERR10000${number}#key`, filesBytes: 1_000_000, fileCount: 1, state, files: [] },
  metadata: { library_strategy },
});
/** A source with a listing of three runs. */
async function follow(): Promise<void> {
  const { stores, objects } = installation().api;
  await stores.sources.add(source(ID, { listingCycle: 2 }), event(ID, 'source-added'));
  const tables = duckDbTables({ memoryMb: 128, threads: 1 });
  await temporaryWorkspace(async (workspace) => {
    const records = [record(1, 'WGS', 'due'), record(2, 'AMPLICON', 'due'), record(3, 'AMPLICON', 'complete')];
    writeFileSync(workspace.path('runs.jsonl'), records.map((one) => `${JSON.stringify(one)}\n`).join(''));
    await tables.recordsToParquet(workspace.path('runs.jsonl'), workspace.path('runs.parquet'));
    await objects.upload(workspace.path('runs.parquet'), sourceKeys(ID, 2).runs, 'application/vnd.apache.parquet');
  });
}

test('docs/filters.md is what the rules table says now; "trawl filter rules --markdown" writes it', async () => {
  const page = readFileSync(join(__dirname, '../../../docs/filters.md'), 'utf8');
  expect((await trawl('filter', 'rules', '--markdown')).stdout).toBe(page);
  expect(readFilters(EXAMPLE_DOCUMENT)).toMatchObject({ outcome: 'valid', warnings: [] });
});

test('rules lists every rule with parameters and an example, in words and as JSON', async () => {
  const { stdout } = await trawl('filter', 'rules');
  expect(stdout).toContain('min-depth: bases of the run against genome size × depth\n    genomeBases  size of the genome in bases');
  expect(stdout).toContain('default      {"max":500000000000}');
  const json = JSON.parse((await trawl('filter', 'rules', '--json')).stdout) as readonly { rule: string; parameters: object }[];
  expect(json.map(({ rule }) => rule)).toEqual(FILTER_RULE_NAMES);
  expect(json[0]).toMatchObject({ parameters: { type: 'object', properties: { anyOf: { type: 'array' } }, additionalProperties: false } });
});

describe('check', () => {
  test('names every problem at once with its place, and needs no installation', async () => {
    process.env = { PATH: process.env['PATH'], HOME: folder };
    const { code, stdout, stderr } = await trawl('filter', 'check', file(BAD));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      'has 2 problems\n  rules[0].rule: there is no filter rule "strtegy"; did you mean "strategy"?\n  rules[1].parameters.anyOf: ',
    );
  });
  test('says what is wrong as JSON, and ends with 2', async () => {
    const { code, stdout } = await trawl('filter', 'check', '--json', file(BAD));
    expect([code, JSON.parse(stdout)]).toMatchObject([2, { outcome: 'invalid', problems: [{ at: 'rules[0].rule' }, {}] }]);
  });
  test('warns of a word that ENA does not use, and passes', async () => {
    const document = { v: 1, rules: [{ rule: 'strategy', parameters: { anyOf: ['RNASeq'] } }] };
    const ended = await trawl('filter', 'check', file(document));
    expect(ended).toMatchObject({ code: 0, stdout: containing('a filter document of 1 rule.') });
    expect(ended.stderr).toContain('trawl: warning: rules[0].parameters.anyOf[0]: "RNASeq" is no library_strategy');
  });
  test.each([
    ['not JSON', '{"v": 1,', 'is not JSON: '],
    ['empty', '', 'is not JSON: '],
    ['another thing', '[]', 'the document: is no filter document'],
  ])('a file that is %s: one clear message', async (_, text, said) => {
    expect(await trawl('filter', 'check', file(text))).toMatchObject({ code: 2, stdout: '', stderr: containing(said) });
  });
  test('a file that is not there: one clear message', async () => {
    expect(await trawl('filter', 'check', '/nowhere')).toMatchObject({ code: 2, stderr: containing('/nowhere cannot be read') });
  });
  test('reads standard input', () => {
    const bin = join(__dirname, '../../../cli/bin.cjs');
    const options = { input: JSON.stringify(WGS), encoding: 'utf8', env: { PATH: process.env['PATH'] } } as const;
    expect(spawnSync(process.execPath, [bin, 'filter', 'check', '-'], options)).toMatchObject({
      status: 0,
      stdout: containing('of 1 rule'),
    });
  });
});

test('preview tells what would change, and changes nothing; a viewer may ask', async () => {
  await follow();
  process.env['TRAWL_TOKEN'] = 'viewer-token';
  const { code, stdout } = await trawl('filter', 'preview', '562', file(WGS));
  expect(code).toBe(0);
  expect(stdout).toContain('taxon:562: 3 runs listed in cycle 2');
  expect(stdout).toMatch(/included +3 → 1\n/);
  expect(stdout).toMatch(/due +2 → 1 runs, 2.0 MB → 1.0 MB\n/);
  expect(stdout).toMatch(/would be left out +2 runs, 2.0 MB: 2 strategy\n +1 of them are complete: their results stay/);
  expect(stdout).toMatch(/ERR100002 +due +strategy +library_strategy is AMPLICON, not WGS/);
  expect(await filtersOf()).toBeUndefined();
  const json = await trawl('filter', 'preview', '562', '--json', file(WGS));
  expect(JSON.parse(json.stdout)).toMatchObject({ becomeExcluded: { runs: 2, complete: 1 }, version: expect.any(String) as string });
});

describe('set', () => {
  test('shows the preview, asks, and sets nothing where nobody can answer', async () => {
    await follow();
    const { code, stdout, stderr } = await trawl('filter', 'set', '562', file(WGS));
    expect([code, stdout]).toEqual([2, containing('would be left out')]);
    expect(stderr).toContain('nothing was set');
    expect(await filtersOf()).toBeUndefined();
  });
  test('sets with --yes, and show tells the chain', async () => {
    await follow();
    const path = file(WGS);
    expect(await trawl('filter', 'set', '562', path, '--yes')).toMatchObject({
      code: 0,
      stdout: containing('judged by them from its next cycle on'),
    });
    expect(await filtersOf()).toEqual(WGS);
    expect((await trawl('filter', 'show', '562')).stdout).toMatch(/1 +run-bytes +default .*\n *2 +strategy +source +\{"anyOf":\["WGS"\]\}/);
    expect(await trawl('filter', 'set', '562', path, '--yes')).toMatchObject({ code: 0, stdout: containing('has these filters already') });
    expect(JSON.parse((await trawl('filter', 'show', '562', '--json')).stdout)).toMatchObject({ filters: WGS });
  });
  test('sends nothing that is wrong', async () => {
    expect(await trawl('filter', 'set', '562', file(BAD), '--yes')).toMatchObject({ code: 2, stderr: containing('2 problems') });
    expect(installation().requests).toEqual([]);
  });
  test('says that a source is not followed', async () => {
    expect(await trawl('filter', 'set', '562', file(WGS), '--yes')).toMatchObject({
      code: 1,
      stderr: containing('taxon:562 is not followed here'),
    });
  });
});

test('plan applies a filter document to a saved report', async () => {
  const report = file('run_accession\tlibrary_strategy\tfastq_bytes\nERR000001\tWGS\t5\nERR000002\tEST\t5\n');
  const { stdout } = await trawl('plan', '--listing', report, '--filters', file(WGS), '--json');
  expect(JSON.parse(stdout)).toMatchObject({ runs: 2, included: 1, excluded: { strategy: 1 } });
  expect(await trawl('plan', '--listing', report, '--filters', file(BAD))).toMatchObject({
    code: 2,
    stdout: '',
    stderr: containing('2 problems'),
  });
});
