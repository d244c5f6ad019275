/**
 * A day of a thousand workers in simulated time: the functions and the machines' own text, over the fakes that the contract tests hold to the real things, with
 * everything that can go wrong going wrong now and then. `DAY_SEED` lives through another day.
 */
import type { Execution } from '../functions/life/asl-runner';
import { liveThrough, type Day } from './day';
import { leaks, losses, statuses } from './ending';
import { ODDS, type Mishap } from './luck';

const SEED = Number(process.env['DAY_SEED'] ?? 20_260_301);
const BATCHES = 896;
/** What DigitalOcean is asked at most, a minute (it allows 250). */
const MOST_CALLS = 100;
const MOST_TRANSITIONS = 30;

const ofMachine = ({ machines }: Day, name: Execution['machine']): readonly Execution[] =>
  machines.executions.filter(({ machine }) => machine === name);
/** Reasons for which batches were told to wait, over all beats. */
const reasons = (day: Day): ReadonlySet<string> =>
  new Set(
    ofMachine(day, 'heartbeat').flatMap(({ seen }) =>
      Object.keys((seen['RunTick'] as { dispatch?: { waiting?: object } } | undefined)?.dispatch?.waiting ?? {}),
    ),
  );

let day: Day;
beforeAll(async () => {
  day = await liveThrough(SEED, BATCHES);
}, 600_000);
const about = (what: string): string => `seed ${SEED}: ${what}`;

test('at no moment is a cap or the budget passed, are results destroyed, or does a machine outlive its results', () => {
  expect(day.watch.broken.map(about)).toEqual([]);
});

test('it was the day it is meant to be: a thousand workers, every mishap, caps and budget met', () => {
  expect(ofMachine(day, 'process-batch').filter(({ name }) => !name.includes('-settle-')).length).toBeGreaterThanOrEqual(1_000);
  const unmet = (Object.keys(ODDS) as Mishap[]).filter((mishap) => !day.luck.met.has(mishap));
  expect(unmet.map(about)).toEqual([]);
  expect([...reasons(day)]).toEqual(expect.arrayContaining(['budget:day', 'cap:provider/droplet', 'backing-off', 'attention']));
});

test('nothing is left behind: no machine, no job, no reservation, no count, no execution', async () => {
  expect((await leaks(day)).map(about)).toEqual([]);
});

test('nothing is lost: every run has an outcome, and what is complete is at home', async () => {
  expect((await losses(day)).map(about)).toEqual([]);
  const { complete = 0, ...others } = await statuses(day);
  expect({ seed: SEED, others }).toEqual({ seed: SEED, others: { partial: BATCHES - complete } });
  expect(complete).toBeGreaterThan(0.97 * BATCHES);
});

test(`its provider is asked less than ${MOST_CALLS} times in any minute`, () => {
  const busiest = Math.max(...day.watch.callsByMinute.values());
  expect({ seed: SEED, busiest, isBelow: busiest < MOST_CALLS }).toMatchObject({ isBelow: true });
});

test('what was booked covers what the machines have cost', async () => {
  const booked = (await day.stores.money.spending('day')).reduce((sum, { dollars }) => sum + dollars, 0);
  expect(booked).toBeGreaterThanOrEqual(day.watch.trueDollars());
  expect(booked).toBeLessThan(1.1 * day.watch.trueDollars());
});

test(`a batch takes at most ${MOST_TRANSITIONS} transitions of all machines, whatever it meets`, () => {
  const idle = (execution: Execution): boolean => execution.entered.length <= 3 && execution.name.startsWith(execution.machine);
  const entered = day.machines.executions.filter((execution) => !idle(execution)).reduce((sum, one) => sum + one.entered.length, 0);
  expect(entered / BATCHES).toBeLessThanOrEqual(MOST_TRANSITIONS);
});
