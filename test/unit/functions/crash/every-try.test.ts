/** A function that dies in its first try and in each of the three that Step Functions makes after it: its state, or its execution, fails. */
import { differences, essenceOf } from './ends';
import { everyDeath } from './every-death';

/** An attempt that begins again waits half a minute, whoever waits for a word that was lost is answered by the next beat (I4), and the lease of a dead beat runs out after six. */
const MINUTES_MORE = 7;

test.each(['slurm', 'droplet'] as const)(
  'a batch at %s loses nothing and pays nothing twice where every try dies',
  async (provider) => {
    const wrong = await everyDeath({ provider, deaths: 4 }, (one, { end, minutes }) => {
      if (one.minutes > minutes + MINUTES_MORE) return `it took ${one.minutes} minutes, undisturbed ${minutes}`;
      return differences(essenceOf(one.end), essenceOf(end));
    });
    expect(wrong).toEqual([]);
  },
  300_000,
);
