import Table from 'cli-table3';
import type { Life, Measured } from './measure';

/** Stated limits: transitions of all machines for a batch, and events in one history. */
const MOST_TRANSITIONS = 30;
const MOST_EVENTS = 300;
/** Goals: the control plane's own part of an hour's batch, and its reaction to one word. */
const MOST_SHARE = 0.001;
const HOUR_SECONDS = 3_600;
const REACTION_SECONDS = 1;

const reactionsOf = ({ reactions }: Life): readonly number[] => Object.values(reactions);
/** What the control plane takes of a batch's time, whatever the batch takes. */
export const controlSeconds = (life: Life): number => reactionsOf(life).reduce((sum, one) => sum + one, 0);
const median = (numbers: readonly number[]): number => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;

/** Limits that do not hold, in words: they count states, and no machine is too slow for them. */
export function limitsOf({ lives, everything }: Measured): readonly string[] {
  const long = lives.filter(({ historyEvents }) => historyEvents >= MOST_EVENTS);
  const each = everything.transitions / lives.length;
  return [
    ...long.map(({ batchId, historyEvents }) => `${batchId}: ${historyEvents} events in one history, not under ${MOST_EVENTS}`),
    ...(each > MOST_TRANSITIONS ? [`${each.toFixed(1)} transitions a batch, above ${MOST_TRANSITIONS}`] : []),
  ];
}

export interface Goals {
  readonly reactionSeconds: { readonly median: number; readonly most: number };
  readonly shareOfAnHour: { readonly median: number; readonly most: number };
}
export function goalsOf({ lives }: Measured): Goals {
  const [reactions, shares] = [lives.flatMap(reactionsOf), lives.map((life) => controlSeconds(life) / HOUR_SECONDS)];
  return {
    reactionSeconds: { median: median(reactions), most: Math.max(...reactions) },
    shareOfAnHour: { median: median(shares), most: Math.max(...shares) },
  };
}

const said = (value: number, goal: number): string => (value <= goal ? 'reached' : 'not reached on this machine');
const percent = (share: number): string => `${(100 * share).toFixed(3)} %`;

/** For people. */
export function printReport({ lives, everything }: Measured, goals: Goals, failures: readonly string[]): string {
  const table = new Table({
    head: ['batch', 'provider', 'wall', 'first byte', 'destroy', 'reactions', 'control', 'own transitions', 'longest history'],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', ...Array<'right'>(7).fill('right')],
  });
  const seconds = (value: number): string => `${value.toFixed(2)} s`;
  for (const life of lives) {
    table.push([
      ...[life.batchId, life.provider, seconds(life.wallSeconds), seconds(life.toFirstByteSeconds), seconds(life.toDestroySeconds)],
      ...[reactionsOf(life).map(seconds).join(', '), seconds(controlSeconds(life))],
      ...[String(life.transitions), String(life.historyEvents)],
    ]);
  }
  const { reactionSeconds: reaction, shareOfAnHour: share } = goals;
  const machines = Object.entries(everything.byMachine).map(([machine, states]) => `${machine} ${(states / lives.length).toFixed(1)}`);
  const lines = [
    `reactions: admitted to created, finished to sweep asked, home to destroy, destroy to settled`,
    `reaction: ${seconds(reaction.median)} in the middle, ${seconds(reaction.most)} at most (goal ${REACTION_SECONDS} s: ${said(reaction.median, REACTION_SECONDS)})`,
    `control plane, of an hour’s batch: ${percent(share.median)} in the middle, ${percent(share.most)} at most (goal ${percent(MOST_SHARE)}: ${said(share.median, MOST_SHARE)})`,
    `transitions a batch, all machines: ${(everything.transitions / lives.length).toFixed(1)} (at most ${MOST_TRANSITIONS}): ${machines.join(', ')}`,
    `beside these: ${everything.naming} for naming ${lives.length} sources, ${everything.ticks} of schedules, which come by the clock`,
    ...failures.map((failure) => `does not hold: ${failure}`),
  ];
  return `${table.toString()}\n${lines.join('\n')}\n`;
}
