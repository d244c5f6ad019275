import { EARLY_RULES, judgeEarly, stillOf } from '../../../../layers/core/dispatch/judge-early';
import type { Job } from '../../../../layers/core/entities';
import { NOW, runJob } from '../callbacks/messages';

const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();
const ssh = { host: '192.0.2.7', port: 22, user: 'root', hostKey: `ssh-ed25519 ${'B'.repeat(68)}` };
const early = (askedAgo: number, why: 'silent' | 'done' = 'silent', runsDone = 0) => ({ number: 4, askedAt: ago(askedAgo), why, runsDone });
const still = (looks: number, sinceAgo: number) => ({ since: ago(sinceAgo), looks, last: 4 });
/** Of an away worker that began two hours ago and spoke so long ago. */
const heard = (secondsAgo: number, with_: Partial<Job> = {}): Job =>
  runJob({ status: 'started', ssh, requestedAt: ago(7_300), startedAt: ago(7_200), lastHeardAt: ago(secondsAgo), ...with_ });
const sweep = (number: number, why: 'silent' | 'done', runsDone = 0) => ({
  ...{ do: 'sweep', early: { number, askedAt: NOW.toISOString(), why, runsDone } },
});
const NOTHING = { do: 'nothing' };
const LOSE = { do: 'lose', cause: 'agent-silent' };

test.each<readonly [string, Job, object]>([
  ['who spoke is left alone', heard(599), NOTHING],
  ['who is silent is looked at', heard(600), sweep(1, 'silent')],
  ['who never spoke since its start is silent from there', heard(0, { lastHeardAt: undefined as never }), sweep(1, 'silent')],
  ['and again, not at once', heard(900, { early: early(299) }), NOTHING],
  ['but after half of the time', heard(900, { early: early(300) }), sweep(5, 'silent')],
  ['whatever the last look was for', heard(900, { early: early(299, 'done', 3) }), NOTHING],
  ['two looks are too few', heard(9_000, { early: early(300), still: still(2, 1_200) }), sweep(5, 'silent')],
  ['three within less than the time too', heard(9_000, { early: early(100), still: still(3, 599) }), NOTHING],
  ['three over the time end it', heard(9_000, { early: early(100), still: still(3, 600) }), LOSE],
  ['not where it was heard after the first of them', heard(650, { early: early(100), still: still(3, 700) }), NOTHING],
  ['nor where it speaks again', heard(10, { early: early(100), still: still(3, 9) }), NOTHING],
  ['what is done waits for an hour from the start', heard(10, { startedAt: ago(3_599), progress: { runsDone: 1 } }), NOTHING],
  ['then it is brought', heard(10, { startedAt: ago(3_600), progress: { runsDone: 2 } }), sweep(1, 'done', 2)],
  ['and for an hour from the last', heard(10, { progress: { runsDone: 3 }, early: early(3_599, 'done', 2) }), NOTHING],
  ['then the next', heard(10, { progress: { runsDone: 3 }, early: early(3_600, 'silent', 2) }), sweep(5, 'done', 3)],
  ['not where nothing more is done', heard(10, { progress: { runsDone: 2 }, early: early(9_000, 'done', 2) }), NOTHING],
  ['nor where nothing is', heard(10, { progress: { bytes: 5 } }), NOTHING],
  ['who never said where it is reached cannot be looked at', heard(9_000, { ssh: undefined as never }), NOTHING],
  ['who brings its results itself is not', heard(9_000, { bringsResults: true }), NOTHING],
  ['who is to stop is not', heard(9_000, { stopRequested: true, still: still(9, 9_000) }), NOTHING],
  ['who has not started is not', heard(9_000, { status: 'requested' }), NOTHING],
])('%s', (_name, job, expected) => expect(judgeEarly(job, NOW, EARLY_RULES)).toEqual(expected));

test('a row of looks ends with whatever is heard after its first', () => {
  expect(stillOf(heard(700, { still: still(2, 650) }))).toMatchObject({ looks: 2 });
  expect(stillOf(heard(600, { still: still(2, 650) }))).toBeUndefined();
});
