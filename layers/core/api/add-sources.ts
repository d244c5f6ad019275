import { z } from 'zod';
import { Limits, type Source } from '../entities';
import type { Deps } from '../use-cases/deps';
import { parseSourceId } from './source-ids';

export const SourceDefaults = z.object({ limits: Limits, recheckSeconds: z.number().int().min(60) });
export type SourceDefaults = z.infer<typeof SourceDefaults>;

/** Body of `POST /sources`: any number of ids, and settings that all of them get. */
export const AddRequest = z.strictObject({
  ids: z.array(z.string().max(200)).min(1).max(10_000),
  includeSubtree: z.boolean().optional(),
  priority: z.number().int().min(-1).max(6).optional(),
  recheckSeconds: z
    .number()
    .int()
    .min(60)
    .max(366 * 24 * 3600)
    .optional(),
  limits: Limits.partial().optional(),
});
export type AddRequest = z.infer<typeof AddRequest>;

export interface AddSummary {
  readonly added: readonly string[];
  readonly existing: readonly string[];
  readonly invalid: readonly { readonly id: string; readonly reason: string }[];
}

/** A source as it stands before its first cycle; due at once. */
export function newSource(sourceId: string, request: Omit<AddRequest, 'ids'>, defaults: SourceDefaults, now: Date): Source {
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
    paused: false,
    lastRunStatus: 'new',
    phase: 'idle',
    cycle: 0,
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

/**
 * Adds all ids or, when one of them is invalid, none. Safe to repeat: an id that is there already is reported as *existing* and its
 * settings stay as they are.
 */
export async function addSources(
  deps: Pick<Deps, 'stores' | 'now'>,
  defaults: SourceDefaults,
  actor: string,
  request: AddRequest,
): Promise<AddSummary> {
  const parsed = request.ids.map((id) => ({ id, result: parseSourceId(id) }));
  const invalid = parsed.flatMap(({ id, result }) => (result.outcome === 'invalid' ? [{ id, reason: result.reason }] : []));
  if (invalid.length > 0) return { added: [], existing: [], invalid };
  const ids = [...new Set(parsed.flatMap(({ result }) => (result.outcome === 'valid' ? [result.sourceId] : [])))];
  const added: string[] = [];
  const existing: string[] = [];
  for (const sourceId of ids) {
    const now = deps.now();
    const source = newSource(sourceId, request, defaults, now);
    const event = { entityId: sourceId, sourceId, at: now.toISOString(), type: 'source-added', actor };
    const written = await deps.stores.sources.add(source, event);
    (written.outcome === 'written' ? added : existing).push(sourceId);
  }
  return { added, existing, invalid: [] };
}
