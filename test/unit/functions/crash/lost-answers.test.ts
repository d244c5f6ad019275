/** Every write and request whose answer is lost is sent again by the client, and the second time meets what the first has done. */
import { differences } from './ends';
import { everyDeath, type Case } from './every-death';

/** Machines are asked for once: that client never asks again, and what a provider's answer was lost of is looked for (`away.test.ts`). */
const isSentOnce = ({ effect }: Case): boolean => effect.startsWith('providers.') && effect.endsWith('.create');

test.each(['slurm', 'droplet'] as const)('a batch at %s has the same end and history, whichever answer is lost', async (provider) => {
  const wrong = await everyDeath({ provider, deaths: 1, answer: 'lost' }, (one, { end }) =>
    isSentOnce(one) ? undefined : differences(one.end, end),
  );
  expect(wrong).toEqual([]);
});
