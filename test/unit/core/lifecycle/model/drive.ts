/** Turns a number into one step of the world: what happens next, to whom, and how it goes wrong. */

import { change } from './apply';
import { awaitSwept, dispatch, failBefore, probe, provision, stopAsked, takeAway } from './attempts';
import { approve, cancelSource, changeArchive, clearAttention, endCycle, publish, startCycle } from './cycles';
import { actOnHold, holdUnanswered, release, settle, sweep } from './endings';
import { Choices, ended, listing, someBatch, someSource, someWorker, toPublish, toSettle, unheard } from './choices';
import { check } from './invariants';
import { cancelRunning, deathAtStart, endUnnoticed, goneUnnoticed, leaseLost, planAgain, sweepHeld } from './mischief';
import { forgetFinal, type World } from './world';

import {
  CYCLES,
  HOLD_ACTS,
  PROVIDER,
  REPLIES,
  SETTLEMENTS,
  type Step,
  TO_RELEASE,
  advance,
  beat,
  deliverOne,
  passTime,
  verifyOne,
  workOn,
} from './single';

type Mood = 'calm' | 'impatient' | 'holding' | 'dying' | 'hesitant' | 'cancelling';
/** By weight. What nobody does in this world in the right order, somebody does in the wrong one; in some worlds more of it. */
const STEPS: readonly (readonly [number, Step, Partial<Record<Mood, number>>?])[] = [
  [
    6,
    (world, choices) =>
      startCycle(
        world,
        someSource(world, choices, ({ phase }) => phase === 'idle' || phase === 'awaiting approval'),
      ),
  ],
  [6, (world, choices) => endCycle(world, listing(world, choices), choices.oneOf(CYCLES) ?? 'died')],
  [
    1,
    (world, choices) => endCycle(world, listing(world, choices), choices.oneOf(['too-much', 'died'] as const) ?? 'died'),
    { hesitant: 100 },
  ],
  [
    2,
    (world, choices) =>
      approve(
        world,
        someSource(world, choices, ({ approval }) => approval === 'waiting'),
      ),
    { hesitant: 25 },
  ],
  [
    1,
    (world, choices) =>
      cancelSource(
        world,
        someSource(world, choices, ({ phase }) => phase !== 'idle'),
      ),
    { cancelling: 30, hesitant: 30 },
  ],
  [5, (world, choices) => publish(world, someSource(world, choices, toPublish), choices.rarely(3))],
  [
    16,
    (world, choices) =>
      clearAttention(
        world,
        someSource(world, choices, ({ needsAttention }) => needsAttention !== undefined),
      ),
    { holding: 40 },
  ],
  [
    9,
    (world, choices) =>
      dispatch(
        world,
        someBatch(world, choices, ({ status }) => status === 'planned'),
        choices.rarely(8),
      ),
  ],
  [
    2,
    (world, choices) =>
      failBefore(
        world,
        someBatch(world, choices, ({ status }) => status === 'planned'),
      ),
  ],
  [7, (world, choices) => provision(world, someWorker(world, choices, 'requested'), choices.oneOf(REPLIES) ?? 'answered')],
  [60, advance],
  [6, workOn],
  [8, (world, choices) => deliverOne(world, choices, choices.rarely(6))],
  [1, (world, choices) => deliverOne(world, choices, true), { dying: 60 }],
  [8, (world, choices) => probe(world, unheard(world, choices), choices.rarely(3)), { dying: 30 }],
  [7, (world, choices) => awaitSwept(world, ended(world, choices), choices.rarely(6))],
  [
    2,
    (world, choices) =>
      stopAsked(
        world,
        someBatch(world, choices, ({ cancelRequested }) => cancelRequested),
      ),
    { cancelling: 20 },
  ],
  [8, (world, choices) => sweep(world, someWorker(world, choices, 'ready', 'sweeping'))],
  [7, (world, choices) => verifyOne(world, choices)],
  [16, (world, choices) => holdUnanswered(world, someWorker(world, choices, 'ready')), { holding: 30 }],
  [8, (world, choices) => settle(world, toSettle(world, choices), choices.oneOf(SETTLEMENTS) ?? 'as-found')],
  [
    3,
    (world, choices) => release(world, someWorker(world, choices, ...TO_RELEASE), choices.oneOf(PROVIDER) ?? 'answers'),
    { impatient: 80 },
  ],
  [5, beat],
  [36, leaseLost],
  [24, planAgain],
  [
    4,
    (world, choices) =>
      void change(
        world,
        'batch',
        someBatch(world, choices, ({ status }) => status === 'sweeping'),
        'ask-cancel',
      ),
  ],
  [70, cancelRunning],
  [24, sweepHeld, { holding: 30 }],
  [80, deathAtStart],
  [170, endUnnoticed],
  [14, goneUnnoticed],
  [10, (world, choices) => actOnHold(world, someWorker(world, choices, 'held'), choices.oneOf(HOLD_ACTS) ?? 'give-up'), { holding: 50 }],
  [6, (world, choices) => changeArchive(world, choices.below(10))],
  [1, (world, choices) => takeAway(world, choices.oneOf(world.machines)), { impatient: 25 }],
  [14, (world, choices) => passTime(world, choices.oneOf([1, 10, 60, 300, 300, 1_200, 86_400]) ?? 1)],
];
const MOODS: readonly Mood[] = ['calm', 'impatient', 'holding', 'dying', 'hesitant', 'cancelling'];
const WHEELS: readonly (readonly Step[])[] = MOODS.map((mood) =>
  STEPS.flatMap(([weight, step, more]) => Array<Step>(weight + (more?.[mood] ?? 0)).fill(step)),
);

/** One step, then a look at everything. @param mood number of the world, which decides what there is more of in it */
export function takeStep(world: World, number: number, mood: number): void {
  const choices = new Choices(number);
  const wheel = WHEELS[mood % WHEELS.length] ?? [];
  wheel[choices.below(wheel.length)]?.(world, choices);
  // Where nobody was there for it, somebody else goes his way.
  const { length } = world.story;
  for (let tries = 0; tries < 4 && world.story.length === length; tries += 1) advance(world, choices);
  check(world);
  if (number % 4 === 0) forgetFinal(world);
}
