/** The same story once for every effect in it, each time with a process that ends right after that one. */
import type { Death } from './dying';
import { endOf, type End } from './ends';
import { begin, play, type Story } from './story';

type Prepare = Parameters<typeof begin>[2];
export interface Told {
  readonly provider: 'slurm' | 'droplet';
  /** How many tries of the function die, one after the other. */
  readonly deaths: number;
  /** See `Death`. */
  readonly answer?: 'lost';
  /** Only this function dies; absent: each that has an effect. */
  readonly fn?: string;
  readonly prepare?: Prepare;
  readonly trouble?: Parameters<typeof begin>[3];
}
export interface Case {
  readonly death: Death;
  /** The effect after which it died first. */
  readonly effect: string;
  readonly minutes: number;
  readonly end: End;
  readonly story: Story;
}

/** Plays it undisturbed, then once for every death; `judge` says what is wrong with an end, or nothing. @returns what was wrong, by death */
export async function everyDeath(told: Told, judge: (one: Case, undisturbed: Case) => unknown): Promise<readonly object[]> {
  const undisturbed = await once(told, { fn: 'nobody', effect: 0, deaths: 0 }, '');
  const wrong: object[] = [];
  const counts: string[] = [];
  for (const [fn, effects] of undisturbed.story.mortality.effects) {
    if (told.fn !== undefined && fn !== told.fn) continue;
    for (const [index, effect] of effects.entries()) {
      const one = await once(told, { fn, effect: index + 1, deaths: told.deaths, ...(told.answer && { answer: told.answer }) }, effect);
      const fault = one.story.mortality.deaths === 0 ? 'nobody died' : await judge(one, undisturbed);
      if (fault !== undefined) wrong.push({ dies: `${fn} after its effect ${index + 1}, ${effect}`, fault });
    }
    counts.push(`${fn} 1–${effects.length}`);
  }
  const times = told.deaths === 1 ? 'once' : `${told.deaths} times in a row`;
  const what = told.answer === 'lost' ? 'the answer lost and asked for again of' : `a process that ends ${times} after`;
  process.stdout.write(`\nA batch at ${told.provider}, ${what} effect n of ${counts.join(', ')}\n`);
  return wrong;
}

async function once({ provider, prepare, trouble }: Told, death: Death, effect: string): Promise<Case> {
  const story = await begin(provider, death, prepare, trouble);
  const minutes = await play(story);
  return { death, effect, minutes, end: await endOf(story), story };
}
