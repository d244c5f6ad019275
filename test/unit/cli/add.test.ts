import { event, source } from '../../contract/stores/samples';
import { installationForEach, trawl } from './installation';
import { containing } from '../matchers';

const ID = 'study:PRJEB28810';
const installation = installationForEach();
const follow = (with_: Parameters<typeof source>[1] = {}, id = ID) =>
  installation().api.stores.sources.add(source(id, with_), event(id, 'source-added'));

describe('add', () => {
  const bad = ['abc', '0', '-5', 'PRJ', '562; drop'];
  test.each([
    ['as they are', ['add', ...bad, '562']],
    ['after --', ['add', '--', ...bad, '562']],
    ['with --json', ['add', '--json', ...bad, '562']],
  ])('names each bad id and adds nothing, ids given %s', async (_, args) => {
    const { code, stdout, stderr } = await trawl(...args);
    expect(code).toBe(2);
    expect(stderr).toContain('5 of 6 ids are invalid');
    bad.forEach((id) => expect(stderr).toContain(`${JSON.stringify(id)} `));
    if (args.includes('--json')) expect(JSON.parse(stdout)).toMatchObject({ added: [], existing: [], invalid: bad.map((id) => ({ id })) });
    expect(installation().requests).toEqual([]);
  });
  test('tells added, already there and invalid, in words and as JSON', async () => {
    await follow();
    const words = await trawl('add', '562', 'PRJEB28810');
    expect(words).toMatchObject({ code: 0, stderr: '' });
    expect(words.stdout).toMatch(
      /added +taxon:562 +Species 562\nalready there +study:PRJEB28810 +Chicken\n1 added, 1 already there, 0 invalid/,
    );
    const json = await trawl('add', '562', '9606', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ added: ['taxon:9606'], existing: ['taxon:562'], unknown: [], invalid: [] });
  });
  test('sends many ids in requests that the API takes', async () => {
    const ids = Array.from({ length: 1_201 }, (_, at) => String(at + 1));
    const { code, stdout } = await trawl('add', ...ids);
    expect([code, stdout]).toEqual([0, containing('1201 added, 0 already there')]);
    expect(installation().requests.filter((request) => request.startsWith('POST'))).toHaveLength(3);
  });
  test('follows merged taxa and secondary accessions, and says which ids ENA does not know', async () => {
    const { code, stdout } = await trawl('add', '66666', '562', 'ERP111066', 'PRJEB28810', 'ERP999999', '99999999');
    expect(code).toBe(0);
    for (const line of [
      /added +taxon:562 +Species 562; taxon 66666 was merged into 562/,
      /already there +taxon:562/,
      /added +study:PRJEB28810 +Chicken; ERP111066 is PRJEB28810/,
      /unknown to ENA +study:ERP999999 +ENA shows no runs/,
      /2 added, 2 already there, 2 unknown to ENA and in attention, 0 invalid/,
    ])
      expect(stdout).toMatch(line);
    expect((await trawl('list')).stdout).toMatch(/study:ERP999999 +error, attention: source-unresolved/);
    expect(await trawl('clear', 'ERP999999')).toMatchObject({ code: 1, stderr: containing('remove it, or add it again') });
    expect(await trawl('clear', '99999999')).toMatchObject({ code: 0 });
    expect(await trawl('remove', 'ERP999999')).toMatchObject({ code: 0 });
  });
  test('--no-wait names the operation, which can be waited for later', async () => {
    installation().leaveOperations();
    const { code, stdout } = await trawl('add', '562', '--no-wait', '--json');
    const { operations } = JSON.parse(stdout) as { operations: readonly [string] };
    expect([code, operations]).toEqual([0, ['20261121T100000000Z-add-sources-1']]);
    expect((await trawl('operation', 'show', operations[0])).stdout).toContain('1 source asked for');
    await installation().api.runOperations();
    expect((await trawl('operation', 'show', operations[0], '--wait')).stdout).toContain('1 source added, 0 already there');
  });
  test('passes settings on', async () => {
    await trawl('add', '562', '--no-subtree', '--priority', 'low', '--recheck-days', '2', '--max-runs', '7', '--query', 'read_count>=5');
    expect(await installation().api.stores.sources.get('taxon:562')).toMatchObject({
      ...{ includeSubtree: false, priority: 2, recheckSeconds: 172_800, limits: { runs: 7, bytes: 1_000 } },
      extraQuery: { field: 'read_count', operator: '>=', value: '5' },
    });
  });
  test('keeps where the work may run, and show says it', async () => {
    await trawl('add', '562', '--provider', 'droplet');
    await trawl('add', '9606');
    expect(await installation().api.stores.sources.get('taxon:562')).toMatchObject({ provider: 'droplet' });
    expect(await installation().api.stores.sources.get('taxon:9606')).not.toHaveProperty('provider');
    expect((await trawl('show', '562')).stdout).toContain('provider     droplet');
    expect((await trawl('show', '9606')).stdout).toContain('provider     any');
  });
});
