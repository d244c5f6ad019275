import { beginOperation, endOperation, noteProgress } from '../../../layers/core/use-cases/operations';
import { containing } from '../matchers';
import { installationForEach, trawl } from './installation';

const NOW = new Date('2026-11-21T10:00:00.000Z');
const installation = installationForEach();
let ids = 0;

const deps = () => ({ stores: installation().api.stores, now: () => NOW, newId: () => `n${(ids += 1)}` });
const begin = () => beginOperation(deps(), 'export', { actor: 'ada', detail: 'taxon:562 as TSV', request: { format: 'tsv' } });

test('list shows what goes on, newest first', async () => {
  expect(await trawl('operation', 'list')).toMatchObject({ code: 0, stdout: 'No operations yet.\n' });
  const [one, two] = [await begin(), await begin()];
  await noteProgress(deps(), one.operationId, 3, 10);
  const { stdout } = await trawl('operation', 'list');
  for (const part of [two.operationId, 'export', 'ada', '3 of 10', 'taxon:562 as TSV']) expect(stdout).toContain(part);
  expect(stdout.indexOf(two.operationId)).toBeLessThan(stdout.indexOf(one.operationId));
  const listed = JSON.parse((await trawl('operation', 'list', '--json')).stdout) as readonly object[];
  expect(listed).toMatchObject([{ operationId: two.operationId }, { operationId: one.operationId, progress: { done: 3 } }]);
  expect(listed[0]).not.toHaveProperty('request');
});

test('show says what came of it, and --wait waits for that', async () => {
  const { operationId } = await begin();
  expect((await trawl('operation', 'show', operationId)).stdout).toContain('state    running');
  const waited = trawl('operation', 'show', operationId, '--wait', '--json');
  await endOperation(deps(), operationId, 'finish', { detail: '7 rows', result: { key: 'exports/x' } });
  const { code, stdout } = await waited;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'done', detail: '7 rows', endedAt: NOW.toISOString(), result: { key: 'exports/x' } });
});

test('an operation ends once', async () => {
  const { operationId } = await begin();
  expect((await endOperation(deps(), operationId, 'fail', { detail: 'the disk is full' })).outcome).toBe('written');
  expect(await endOperation(deps(), operationId, 'finish', {})).toMatchObject({ outcome: 'conflict', item: { status: 'failed' } });
  await noteProgress(deps(), operationId, 1, 1);
  expect((await installation().api.stores.operations.get(operationId))?.progress).toBeUndefined();
});

test.each([{ flags: [] }, { flags: ['--wait'] }])('one that failed ends the command with 1 and its reason $flags', async ({ flags }) => {
  const { operationId } = await begin();
  await endOperation(deps(), operationId, 'fail', { detail: 'the disk is full' });
  expect(await trawl('operation', 'show', operationId, ...flags)).toMatchObject({ code: 1, stderr: containing('the disk is full') });
});

test('an id that is none is told before anything is sent, one that is unknown by the API', async () => {
  expect(await trawl('operation', 'show', 'x')).toMatchObject({ code: 2, stderr: containing('"x" is not the id of an operation') });
  expect(installation().requests).toEqual([]);
  const unknown = '20261121T100000000Z-export-zz';
  expect(await trawl('operation', 'show', unknown)).toMatchObject({ code: 1, stderr: containing(`there is no operation ${unknown}`) });
});

test('more than are listed are told of', async () => {
  for (let number = 0; number < 3; number += 1) await begin();
  expect((await trawl('operation', 'list', '--limit', '2')).stdout).toContain('… older ones: "--limit" shows more than 2');
  expect((await trawl('operation', 'list', '--limit', '3')).stdout).not.toContain('older ones');
});

test.each([
  [['operation', 'show', '20261121T100000000Z-export-n9'], 'trawl operation list'],
  [['workflow', 'diff', 'nosuch'], 'trawl workflow list'],
])('what is not there is looked for in its own list: %j', async (command, list) => {
  const { code, stderr } = await trawl(...command);
  expect([code, stderr]).toEqual([1, containing(`(404)\n  → see "${list}"`)]);
});
