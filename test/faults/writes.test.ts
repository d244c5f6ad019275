/** The answer to a write is lost, and the client asks again: no emulator can be told to, so the ports over the contract-tested stores do it. */
import { injected, tallied } from '../run/faults/ledger';
import { differences, type End } from '../unit/functions/crash/ends';
import { everyDeath, type Case } from '../unit/functions/crash/every-death';

/** Machines are asked for once: that client never asks again. */
const isSentOnce = ({ effect }: Case): boolean => effect.startsWith('providers.') && effect.endsWith('.create');
const leakedIn = ({ left }: End): readonly string[] => [...left.alive, ...left.running, ...left.jobs];

test('ends and tells the same, whichever write of a batch loses its answer', async () => {
  const ends: End[] = [];
  const wrong = await everyDeath({ provider: 'droplet', deaths: 1, answer: 'lost' }, (one, { end }) => {
    if (isSentOnce(one)) return undefined;
    ends.push(one.end);
    return differences(one.end, end);
  });
  injected('control-write-answer-lost', ends.length);
  const lost = ends.flatMap(({ outcomes }) => outcomes.filter((result) => result !== 'complete').map(String));
  tallied({ installation: 'memory', lost, leaked: ends.flatMap(leakedIn) });
  expect(wrong).toEqual([]);
});
