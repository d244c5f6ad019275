/** Early sweeps of a machine that is heard no more, with a process that ends wherever they have an effect. */
import { differences, essenceOf } from './ends';
import { everyDeath } from './every-death';
import { begin, play } from './story';

test.each([
  { trouble: 'unheard', causes: ['finished'] },
  { trouble: 'dead', causes: ['agent-silent', 'finished'] },
] as const)('of a machine that is $trouble the end is known, or found out', async ({ trouble, causes }) => {
  const story = await begin('droplet', undefined, undefined, trouble);
  await play(story);
  expect(await story.world.stores.batches.get('study-PRJEB1.1.1')).toMatchObject({
    ...{ status: 'complete', attempts: causes.map((cause) => ({ cause })) },
  });
  expect([...story.agents.fetched.values()]).toEqual([1, 1]);
});

const FUNCTIONS = ['ProbeJobs', 'SelectSweeps', 'VerifyResults', 'SettleSweep'];
test.each(
  FUNCTIONS.flatMap((fn) => (['unheard', 'dead'] as const).flatMap((trouble) => [1, 4].map((deaths) => ({ fn, trouble, deaths })))),
)(
  'of a machine that is $trouble everything comes home once where $fn ends, $deaths times in a row',
  async ({ fn, trouble, deaths }) => {
    const wrong = await everyDeath({ provider: 'droplet', deaths, fn, trouble }, (one, { end }) =>
      differences(essenceOf(one.end), essenceOf(end)),
    );
    expect(wrong).toEqual([]);
  },
  300_000,
);
