import type { Attention, Source } from '../entities';
import { BUILTIN_WORKFLOW } from '../workflows/records';
import { DEFAULT_PRIORITY } from './priority';
import { intervalOf, limitsOf, type SourceDefaults, type SourceSettings } from './settings';

export interface Beginning {
  readonly now: Date;
  /** The newest cycle of an earlier life of it (0: none): its batches and executions keep their names, so counting goes on from there. */
  readonly lastCycle: number;
  readonly name?: string;
  readonly addedBy?: string;
  /** ENA does not know it: a person looks first. */
  readonly needsAttention?: Attention;
}

/** A source as it stands before its first cycle; due at once, unless it needs a person. Pure. */
export function newSource(
  sourceId: string,
  settings: SourceSettings,
  defaults: SourceDefaults,
  { now, lastCycle, name, addedBy, needsAttention }: Beginning,
): Source {
  const at = now.toISOString();
  return {
    sourceId,
    ...(name !== undefined && { name }),
    includeSubtree: settings.includeSubtree ?? true,
    priority: settings.priority ?? DEFAULT_PRIORITY,
    workflow: settings.workflow ?? BUILTIN_WORKFLOW,
    recheckSeconds: intervalOf(settings) ?? defaults.recheckSeconds,
    ...(settings.extraQuery && { extraQuery: settings.extraQuery }),
    limits: limitsOf(settings, defaults.limits),
    ...(settings.provider === undefined ? {} : { provider: settings.provider }),
    paused: false,
    lastRunStatus: needsAttention === undefined ? 'new' : 'error',
    ...(needsAttention !== undefined && { needsAttention }),
    phase: 'idle',
    cycle: lastCycle,
    cycleRunning: false,
    checkRequested: false,
    pool: 'scheduled',
    nextCheckAt: at,
    listingCycle: 0,
    plannedBatches: 0,
    approval: 'none',
    counts: { known: 0, excluded: 0, withdrawn: 0, complete: 0, failed: 0 },
    indexAsked: 0,
    indexDone: 0,
    generatedWarning: [],
    createdAt: at,
    ...(addedBy !== undefined && { addedBy }),
    version: 0,
  };
}
