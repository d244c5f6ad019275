import { lifeWorld, runOf, type World } from './world';

const BATCH = 'study-PRJEB1.1.1';
const RUN = `${BATCH}.a1.fetch`;

async function started(): Promise<{ readonly world: World; readonly cancel: jest.SpyInstance }> {
  const world = lifeWorld();
  const cancel = jest.spyOn(world.cluster.gate, 'cancel');
  await world.plan('study:PRJEB1', [[runOf(1)]]);
  await world.dispatch();
  await world.cluster.start(RUN);
  return { world, cancel };
}
const swept = (world: World): Promise<void> => world.cluster.finishVerify(`${BATCH}.a1.verify-1`);

test('a job that told its end is let go without another word', async () => {
  const { world, cancel } = await started();
  await world.cluster.finishRun(RUN);
  await swept(world);
  expect(await world.stores.workers.get(`${BATCH}.a1`)).toMatchObject({ status: 'gone' });
  expect(cancel).not.toHaveBeenCalled();
});

test('one that died without a word is asked to end, for its tasks may live on', async () => {
  const { world, cancel } = await started();
  await world.cluster.lose(RUN, 'slurm-node-fail');
  await swept(world);
  expect(await world.stores.workers.get(`${BATCH}.a1`)).toMatchObject({ status: 'gone' });
  expect(cancel).toHaveBeenCalledWith(RUN, `test.${RUN}`);
});
