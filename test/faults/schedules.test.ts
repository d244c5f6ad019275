/** A schedule that is an hour late and then comes twice: no emulator can be told to, so the handlers over the contract-tested stores live through it. */
import { injected, tallied } from '../run/faults/ledger';
import { differences, endOf, essenceOf, type End } from '../unit/functions/crash/ends';
import { begin, play, SCHEDULES, type Schedule, type Story } from '../unit/functions/crash/story';

const HOUR_MINUTES = 60;
const leakedIn = ({ left }: End): readonly string[] => [...left.alive, ...left.running, ...left.jobs];

/** It comes as it should until this minute, then for an hour not at all, then twice. */
async function playLate(story: Story, late: Schedule, minute: number): Promise<End> {
  for (let at = 0; at < minute; at += 1) await story.minute();
  for (let at = 0; at < HOUR_MINUTES; at += 1) await story.minute(SCHEDULES.filter((schedule) => schedule !== late));
  await story.minute([...SCHEDULES, late]);
  await play(story);
  return endOf(story);
}

test('comes to the same end, whichever schedule is an hour late from whichever minute and then comes twice', async () => {
  const [ends, wrong]: [End[], object[]] = [[], []];
  for (const provider of ['slurm', 'droplet'] as const) {
    const story = await begin(provider);
    const minutes = await play(story);
    const undisturbed = essenceOf(await endOf(story));
    for (const late of SCHEDULES)
      for (let minute = 0; minute <= minutes; minute += 1) {
        const end = await playLate(await begin(provider), late, minute);
        const fault = differences(essenceOf(end), undisturbed);
        if (fault !== undefined) wrong.push({ provider, late, minute, fault });
        ends.push(end);
      }
  }
  injected('control-schedule-late', ends.length);
  const lost = ends.flatMap(({ outcomes }) => outcomes.filter((result) => result !== 'complete').map(String));
  tallied({ installation: 'memory', lost, leaked: ends.flatMap(leakedIn) });
  expect(wrong).toEqual([]);
}, 300_000);
