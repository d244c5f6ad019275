import { AttemptManifest } from '../../../../layers/core/wire';
import { requestOf } from '../../../../layers/core/use-cases/prepare-attempt';
import { event, FREE, job } from '../../../contract/stores/samples';
import { installation, run } from './installation';

const SOURCE = 'study:PRJEB1';
const RUNNING = { phase: 'running', cycle: 1, listingCycle: 1, plannedBatches: 3 } as const;
const waiting = 'study-PRJEB1.1.2';

/** Two batches whose tasks are jobs of the cluster, which has room for those of one, and one without. */
async function three() {
  const trawl = installation({ tasks: { queueSize: 5, atOnce: 9 } });
  await trawl.addSource(SOURCE, RUNNING);
  for (const index of [1, 2]) await trawl.addBatch(SOURCE, index, [run(index)], { hasTasks: true });
  await trawl.addBatch(SOURCE, 3, [run(3)]);
  const places = async () => (await trawl.stores.workers.counters()).find(({ scope }) => scope === 'tasks')?.workers;
  return { ...trawl, places };
}

test('places for tasks are reserved at dispatch, and who finds none waits by that name, without claims, alone', async () => {
  const { tick, stores, places } = await three();
  expect(await tick()).toMatchObject({ dispatch: { dispatched: 2, waiting: { 'cap:tasks': 1 } } });
  expect(await places()).toBe(5);
  const reserved = (await stores.workers.alive()).map(({ batchId, reservedTasks }) => [batchId, reservedTasks]);
  expect(reserved.sort()).toEqual([
    ['study-PRJEB1.1.1', 5],
    ['study-PRJEB1.1.3', undefined],
  ]);
  expect(await stores.batches.get(waiting)).toMatchObject({ status: 'planned', attempt: 0 });
});

test('they come back with the worker, and the batch that waited goes by itself', async () => {
  const { tick, stores, places } = await three();
  await tick();
  const worker = (await stores.workers.get('study-PRJEB1.1.1.a1'))!;
  await stores.workers.free(worker, 'requested', event(SOURCE, 'worker-gone'), FREE);
  expect(await places()).toBe(0);
  expect(await tick()).toMatchObject({ dispatch: { dispatched: 1, waiting: {} } });
  expect([await places(), (await stores.workers.get(`${waiting}.a1`))?.reservedTasks]).toEqual([5, 5]);
});

test('its provider is asked for as many as were reserved', async () => {
  const { tick, stores, objects } = await three();
  await tick();
  const worker = (await stores.workers.get('study-PRJEB1.1.1.a1'))!;
  const manifest = (await objects.getJson('attempts/study-PRJEB1.1.1.a1/manifest.json', AttemptManifest))!;
  const enrolment = { url: 'https://x.example', token: 't' };
  expect(requestOf(worker, manifest, { job: job(worker.workerId, SOURCE), enrolment })).toMatchObject({ queueSize: 5 });
});
