/** The reaper dies; what it ends is ended and told once. */
import { differences, essenceOf } from './ends';
import { everyDeath } from './every-death';
import { begin, play, type Story } from './story';
import { troubles, TROUBLED } from './troubles';

/** What the histories of all that was wrong say, and which machines and jobs live. */
async function reaped({ world }: Story) {
  const told: string[] = [];
  for (const sourceId of TROUBLED) {
    const { items } = await world.stores.events.ofSource(sourceId, { limit: 100 });
    told.push(...items.map(({ entityId, type }) => `${entityId} ${type}`));
  }
  // Tidying is put off by a day where every try of the cycle died that was to have it done.
  const jobs = [...world.cluster.jobs.values()]
    .filter(({ request }) => request.kind !== 'clean')
    .map(({ request, state }) => `${request.jobId} ${state}`);
  return { told: told.sort(), machines: [...world.away.machines.keys()], jobs: jobs.sort() };
}

test('what fits nowhere is ended and told once', async () => {
  const story = await begin('slurm', undefined, troubles);
  await play(story);
  const { told, machines, jobs } = await reaped(story);
  expect({ machines, open: jobs.filter((job) => /^study.*(PENDING|RUNNING)/.test(job)) }).toEqual({ machines: [], open: [] });
  expect(told.filter((line) => /reaped|mended/.test(line)).map((line) => line.split(' ')[1])).toEqual([
    'counter-mended',
    'reaped-job-over',
    'reaped-job-unknown',
    'reaped-late-machine',
    'reaped-abandoned-worker',
    'reaped-orphan-machine',
  ]);
});

test.each([1, 4])('it is so wherever the reaper ends, %i times in a row', async (deaths) => {
  const wrong = await everyDeath({ provider: 'slurm', deaths, fn: 'ReapWorkers', prepare: troubles }, async (one, undisturbed) => {
    const [now, then] = [await reaped(one.story), await reaped(undisturbed.story)];
    return differences({ ...essenceOf(one.end), ...now }, { ...essenceOf(undisturbed.end), ...then });
  });
  expect(wrong).toEqual([]);
});
