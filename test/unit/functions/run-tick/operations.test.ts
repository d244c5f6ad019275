import { beginOperation } from '../../../../layers/core/use-cases/operations';
import { installation } from './installation';

const START = new Date('2026-11-21T08:30:00.000Z');
async function begun() {
  const trawl = installation();
  const deps = { stores: trawl.stores, now: () => START, newId: () => '1' };
  const { operationId } = await beginOperation(deps, 'add-sources', {
    actor: 'ada',
    detail: '1 source asked for',
    request: { ids: [], settings: {} },
  });
  const state = async () => trawl.stores.operations.get(operationId);
  return { trawl, operationId, state };
}

test('an operation whose start was lost is started, once, and not while the request may still start it', async () => {
  const { trawl, operationId } = await begun();
  expect(await trawl.tick()).toMatchObject({ operations: 0 });
  trawl.pass(60);
  expect(await trawl.tick()).toMatchObject({ operations: 1 });
  expect(trawl.machines.started).toMatchObject([{ machine: 'add-sources', name: operationId, input: { operationId } }]);
  expect(await trawl.tick()).toMatchObject({ operations: 0 });
});

test('one whose execution ended unheard is failed after a while, with the reason', async () => {
  const { trawl, operationId, state } = await begun();
  trawl.pass(60);
  await trawl.tick();
  trawl.machines.end('add-sources', operationId, 'ABORTED');
  await trawl.tick();
  expect(await state()).toMatchObject({ status: 'running' });
  trawl.pass(300);
  expect(await trawl.tick()).toMatchObject({ operations: 1 });
  expect(await state()).toMatchObject({ status: 'failed', detail: 'the execution ended ABORTED without a word (1 source asked for)' });
});

test('a kind that is ended elsewhere is left alone', async () => {
  const trawl = installation();
  await beginOperation({ stores: trawl.stores, now: () => START, newId: () => '1' }, 'adopt', { actor: 'ada' });
  trawl.pass(3600);
  expect(await trawl.tick()).toMatchObject({ operations: 0 });
});
