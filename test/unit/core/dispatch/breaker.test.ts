import fc from 'fast-check';
import {
  afterFailure,
  afterStart,
  BREAKER_RULES,
  breakerState,
  giveTrialBack,
  takeTrial,
  type BreakerState,
} from '../../../../layers/core/dispatch/breaker';
import type { Breaker } from '../../../../layers/core/records';

const START = Date.parse('2026-11-21T08:00:00.000Z');
const AT = { provider: 'droplet', place: 'ubuntu/fra1/s-1vcpu-1gb' };
const { windowSeconds, openSeconds, trialSeconds } = BREAKER_RULES;
const time = (seconds: number): Date => new Date(START + seconds * 1000);

/** What happens to a place: a worker fails or starts there, is tried, or its trial is given back. */
type Step = { readonly at: number } & (
  { readonly fails: string } | { readonly starts: true } | { readonly tries: string } | { readonly gives: string }
);

const apply = (before: Breaker | undefined, step: Step): Breaker | undefined => {
  const now = time(step.at);
  if ('fails' in step) {
    const failure = { workerId: step.fails, at: now.toISOString(), cause: 'start-deadline' };
    return afterFailure(AT, before, failure, now) ?? before;
  }
  if ('starts' in step) return afterStart(before) ?? before;
  if (before === undefined) return before;
  return ('tries' in step ? takeTrial(before, step.tries, now) : giveTrialBack(before, step.gives)) ?? before;
};
const play = (steps: readonly Step[]): Breaker | undefined => steps.reduce<Breaker | undefined>(apply, undefined);
const OPENED: readonly Step[] = ['a', 'b', 'c'].map((fails, place) => ({ at: place * 10, fails }));
const RESTED = 20 + openSeconds;

test.each<{ name: string; steps: readonly Step[]; at: number; state: BreakerState }>([
  { name: 'two failures leave it closed', steps: OPENED.slice(0, 2), at: 30, state: 'closed' },
  { name: 'the third opens it', steps: OPENED, at: 30, state: 'open' },
  { name: 'one worker that is told thrice counts once', steps: [0, 1, 2].map((at) => ({ at, fails: 'a' })), at: 3, state: 'closed' },
  {
    name: 'failures further apart than the window do not add up',
    steps: OPENED.map((step, place) => ({ ...step, at: place * windowSeconds })),
    at: 2 * windowSeconds,
    state: 'closed',
  },
  {
    name: 'a start between them begins anew',
    steps: [...OPENED.slice(0, 2), { at: 15, starts: true }, { at: 20, fails: 'c' }],
    at: 30,
    state: 'closed',
  },
  { name: 'it rests to the last second', steps: OPENED, at: RESTED - 1, state: 'open' },
  { name: 'then one may be tried', steps: OPENED, at: RESTED, state: 'half-open' },
  { name: 'nobody is tried before', steps: [...OPENED, { at: RESTED - 1, tries: 'd' }], at: RESTED, state: 'half-open' },
  { name: 'one is', steps: [...OPENED, { at: RESTED, tries: 'd' }], at: RESTED + 1, state: 'trying' },
  {
    name: 'and fails: it rests anew',
    steps: [...OPENED, { at: RESTED, tries: 'd' }, { at: RESTED + 900, fails: 'd' }],
    at: RESTED + 901,
    state: 'open',
  },
  {
    name: 'an older worker’s failure does not end the trial',
    steps: [...OPENED, { at: RESTED, tries: 'd' }, { at: RESTED + 900, fails: 'old' }],
    at: RESTED + 901,
    state: 'trying',
  },
  {
    name: 'and starts: it is closed',
    steps: [...OPENED, { at: RESTED, tries: 'd' }, { at: RESTED + 60, starts: true }],
    at: RESTED + 61,
    state: 'closed',
  },
  {
    name: 'and is made elsewhere: another may',
    steps: [...OPENED, { at: RESTED, tries: 'd' }, { at: RESTED + 1, gives: 'd' }],
    at: RESTED + 2,
    state: 'half-open',
  },
  {
    name: 'a trial that is not its own stays',
    steps: [...OPENED, { at: RESTED, tries: 'd' }, { at: RESTED + 1, gives: 'e' }],
    at: RESTED + 2,
    state: 'trying',
  },
  {
    name: 'a trial of which nothing is heard runs out',
    steps: [...OPENED, { at: RESTED, tries: 'd' }],
    at: RESTED + trialSeconds,
    state: 'half-open',
  },
  {
    name: 'a worker that failed there before may be the one, and its failure counts',
    steps: [...OPENED, { at: RESTED, tries: 'a' }, { at: RESTED + 9, fails: 'a' }],
    at: RESTED + 10,
    state: 'open',
  },
])('$name', ({ steps, at, state }) => {
  const breaker = play(steps);
  expect(breaker && breakerState(breaker, time(at))).toBe(state);
});

test('whatever happens: at most one is tried at a time, versions go up by one, little is kept', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const step = fc.oneof(
    fc.record({ pass: fc.nat(2_000), fails: name }),
    fc.record({ pass: fc.nat(2_000), tries: name }),
    fc.record({ pass: fc.nat(2_000), gives: name }),
    fc.record({ pass: fc.nat(2_000), starts: fc.constant(true as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let [before, at] = [undefined as Breaker | undefined, 0];
      for (const { pass, ...rest } of steps) {
        at += pass;
        const holder = before && breakerState(before, time(at)) === 'trying' ? before.trial?.workerId : undefined;
        const next = apply(before, { at, ...rest });
        if ('tries' in rest && holder !== undefined) expect(next?.trial?.workerId).toBe(holder);
        if (next !== before) expect(next?.version).toBe((before?.version ?? 0) + 1);
        expect(next?.failures.length ?? 0).toBeLessThanOrEqual(BREAKER_RULES.failures);
        before = next;
      }
    }),
  );
});
