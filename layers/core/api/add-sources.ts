import { z } from 'zod';
import { Limits, SOURCE_PROVIDERS, type Source } from '../entities';
import { chunksOf } from '../use-cases/chunks';
import type { Deps } from '../use-cases/deps';
import { lastCycleOf } from './removal';
import { parseSourceId } from './source-ids';

export const SourceDefaults = z.object({ limits: Limits, recheckSeconds: z.number().int().min(60) });
export type SourceDefaults = z.infer<typeof SourceDefaults>;

/** Ids of one request: so many are written well within the 29 s that API Gateway waits. */
export const ADD_LIMIT = 1_000;
const AT_ONCE = 20;

/** Body of `POST /sources`: ids, and settings that all of them get. */
export const AddRequest = z.strictObject({
  ids: z.array(z.string().max(200)).min(1).max(ADD_LIMIT),
  includeSubtree: z.boolean().optional(),
  priority: z.number().int().min(-1).max(6).optional(),
  recheckSeconds: z
    .number()
    .int()
    .min(60)
    .max(366 * 24 * 3600)
    .optional(),
  limits: Limits.partial().optional(),
  provider: z.enum(SOURCE_PROVIDERS).optional(),
});
export type AddRequest = z.infer<typeof AddRequest>;

export interface AddSummary {
  readonly added: readonly string[];
  readonly existing: readonly string[];
  readonly invalid: readonly { readonly id: string; readonly reason: string }[];
}

/**
 * A source as it stands before its first cycle; due at once. Pure. `lastCycle` is the newest cycle of an earlier life of it (0: none):
 * its batches and executions keep their names for good, so counting goes on from there.
 */
export function newSource(
  sourceId: string,
  request: Omit<AddRequest, 'ids'>,
  defaults: SourceDefaults,
  { now, lastCycle }: { readonly now: Date; readonly lastCycle: number },
): Source {
  const at = now.toISOString();
  return {
    sourceId,
    includeSubtree: request.includeSubtree ?? true,
    priority: request.priority ?? 0,
    workflow: 'fetch',
    recheckSeconds: request.recheckSeconds ?? defaults.recheckSeconds,
    limits: {
      runs: request.limits?.runs ?? defaults.limits.runs,
      bytes: request.limits?.bytes ?? defaults.limits.bytes,
      dollars: request.limits?.dollars ?? defaults.limits.dollars,
    },
    ...(request.provider === undefined ? {} : { provider: request.provider }),
    paused: false,
    lastRunStatus: 'new',
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
    version: 0,
  };
}

type AddDeps = Pick<Deps, 'stores' | 'now'>;

/**
 * Adds all ids or, when one of them is invalid, none. Safe to repeat: an id that is there already is reported as *existing* and its
 * settings stay as they are.
 */
export async function addSources(deps: AddDeps, defaults: SourceDefaults, actor: string, request: AddRequest): Promise<AddSummary> {
  const parsed = request.ids.map((id) => ({ id, result: parseSourceId(id) }));
  const invalid = parsed.flatMap(({ id, result }) => (result.outcome === 'invalid' ? [{ id, reason: result.reason }] : []));
  if (invalid.length > 0) return { added: [], existing: [], invalid };
  const ids = [...new Set(parsed.flatMap(({ result }) => (result.outcome === 'valid' ? [result.sourceId] : [])))];
  const added: string[] = [];
  const existing: string[] = [];
  for (const some of chunksOf(ids, AT_ONCE)) {
    const written = await Promise.all(some.map((sourceId) => addOne(deps, defaults, actor, request, sourceId)));
    some.forEach((sourceId, at) => (written[at] ? added : existing).push(sourceId));
  }
  return { added, existing, invalid: [] };
}

/** True when it was not there before. */
async function addOne(deps: AddDeps, defaults: SourceDefaults, actor: string, request: AddRequest, sourceId: string): Promise<boolean> {
  const lastCycle = await lastCycleOf(deps, sourceId);
  const now = deps.now();
  const source = newSource(sourceId, request, defaults, { now, lastCycle });
  const event = { entityId: sourceId, sourceId, at: now.toISOString(), type: 'source-added', actor };
  return (await deps.stores.sources.add(source, event)).outcome === 'written';
}
