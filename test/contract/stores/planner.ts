import type { Stores } from '../../../layers/core/ports/stores';
import type { LearnedPace } from '../../../layers/core/records';
import { AT, LATER } from './samples';

let used = 0;
const pace = (stage: string, version: number): LearnedPace => ({
  ...{
    provider: 'slurm',
    stage,
    revision: '0123456789ab',
    batches: version,
    seconds: [60, 2.5, 33.3],
    covariance: Array<number>(9).fill(0.5),
  },
  ...{ updatedAt: AT, version },
});
const fresh = (): { readonly stage: string; readonly worker: (number: number) => string } => {
  used += 1;
  const stage = `stage-${used}`;
  return { stage, worker: (number) => `${stage}.${number}` };
};

/** What the planner keeps: learned paces, and the space at home. */
export const plannerStoresKeepTheirWord = (stores: () => Stores): void => {
  test('a pace grows by one version for each worker that told, and each tells once', async () => {
    const { stage, worker } = fresh();
    const { get, learn } = stores().paces;
    const key = { provider: 'slurm', stage, revision: '0123456789ab' };
    await expect(get(key)).resolves.toBeUndefined();
    await expect(learn(pace(stage, 1), worker(1))).resolves.toBe('written');
    await expect(learn(pace(stage, 2), worker(1))).resolves.toBe('known');
    await expect(learn(pace(stage, 1), worker(2))).resolves.toBe('conflict');
    await expect(learn(pace(stage, 3), worker(2))).resolves.toBe('conflict');
    await expect(learn(pace(stage, 2), worker(2))).resolves.toBe('written');
    await expect(get(key)).resolves.toEqual(pace(stage, 2));
    expect((await stores().paces.list()).filter((one) => one.stage === stage)).toEqual([pace(stage, 2)]);
  });

  test('of ten that learn at once one is written, and the others may try again', async () => {
    const { stage, worker } = fresh();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => stores().paces.learn(pace(stage, 1), worker(at))));
    expect(answers.filter((answer) => answer === 'written')).toHaveLength(1);
    const loser = answers.indexOf('conflict');
    await expect(stores().paces.learn(pace(stage, 2), worker(loser))).resolves.toBe('written');
  });

  test('the newest measurement of home stands', async () => {
    const space = { freeBytes: 5e12, totalBytes: 9e12, path: '/data', measuredAt: AT };
    await stores().home.put(space);
    await stores().home.put({ ...space, freeBytes: 4e12, measuredAt: LATER });
    await expect(stores().home.get()).resolves.toEqual({ ...space, freeBytes: 4e12, measuredAt: LATER });
  });
};
