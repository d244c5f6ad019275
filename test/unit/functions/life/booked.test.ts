/** What a machine cost is booked although the answer to its create was lost (I10). */
import { awayLife, SSH, WORKER, type AwayLife } from './away-life';

const spent = async (life: AwayLife): Promise<number> =>
  (await life.stores.money.spending('day')).reduce((sum, { dollars }) => sum + dollars, 0);

test.each([
  { name: 'the heartbeat has seen it', looks: 1 },
  { name: 'nobody has looked for it yet', looks: 0 },
])('a machine that speaks before anybody knows its number costs what it costs: $name', async ({ looks }) => {
  const life = await awayLife(({ away }) => away.loseAnswer('now'));
  await life.say('started', { ssh: SSH });
  for (let look = 0; look < looks; look += 1) await life.probe();
  life.pass(3 * 3600 - 120);
  await life.finished();
  await life.cluster.finishVerify(`${WORKER}.sweep-1`);
  for (let beats = 0; beats < 3 && (await life.worker())?.status !== 'gone'; beats += 1) await life.probe();
  expect(await life.worker()).toMatchObject({ status: 'gone', costDollars: 1.5 });
  expect(await spent(life)).toBe(1.5);
});

test('a machine that its provider never showed, and that never spoke, cost nothing', async () => {
  const life = await awayLife(({ away }) => away.loseAnswer('later'));
  for (let looks = 0; looks < 20 && (await life.worker())?.status !== 'gone'; looks += 1) await life.probe();
  expect(await life.worker()).toMatchObject({ status: 'gone' });
  expect(await spent(life)).toBe(0);
});
