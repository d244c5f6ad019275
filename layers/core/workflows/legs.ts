import type { Source } from '../entities';
import { providersOf, SEES_HOME } from '../planning/providers-of';
import type { Stage } from '../wire';
import type { Stages } from './stages-of';

/** Consecutive stages of a workflow that share a worker: one batch goes through them. Legs after the first are child batches. */
export interface Leg {
  readonly stages: Stages;
  /** Where all of them can run, best first. */
  readonly providers: readonly string[];
  /** It works on the runs of several batches at once. */
  readonly isJoin: boolean;
  /** The stages of the legs before it, whose results it finds at home. */
  readonly inputs: readonly Stage[];
}
export type Legs = readonly [Leg, ...Leg[]];

/**
 * Cuts the stages of a workflow into legs; pure. A stage shares the worker of the one before it wherever some provider can do both; a join
 * never does. The first leg goes where the source may go, those after it to where home is seen.
 * @param configured every provider of the installation, in the order of its caps
 */
export function legsOf([first, ...others]: Stages, source: Pick<Source, 'provider'>, configured: readonly string[]): Legs {
  const legs: [Leg, ...Leg[]] = [{ stages: [first], providers: providersOf(source, [first], configured), isJoin: false, inputs: [] }];
  for (const stage of others) {
    const last = legs.at(-1) ?? legs[0];
    const common = able(last.providers, stage);
    if (stage.join !== true && common.length > 0) legs[legs.length - 1] = { ...last, stages: [...last.stages, stage], providers: common };
    else
      legs.push({
        ...{ stages: [stage], providers: able(SEES_HOME, stage), isJoin: stage.join === true },
        inputs: [...last.inputs, ...last.stages],
      });
  }
  return legs;
}

const able = (providers: readonly string[], { providers: only }: Pick<Stage, 'providers'>): readonly string[] =>
  providers.filter((name) => only === undefined || only.includes(name));
