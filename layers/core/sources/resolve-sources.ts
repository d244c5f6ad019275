import { withEnaPlace, type PlaceDeps } from '../discovery/ena-place';
import { RecordMissingError } from '../errors';
import { isIdentity } from '../ids';
import type { Operation } from '../operation';
import type { EnaPortal } from '../ports/ena';
import type { Deps } from '../use-cases/deps';
import { kickHeartbeat } from '../use-cases/kick-heartbeat';
import { addResolved, dropUnresolved } from './add-resolved';
import { AddAsked, type AddedSource, AddResult, summaryOf } from './add-result';
import { resolveSource } from './resolve-source';
import type { SourceDefaults } from './settings';

export type ResolveDeps = Pick<Deps, 'stores' | 'machines' | 'now'> &
  PlaceDeps & { readonly ena: Pick<EnaPortal, 'study' | 'taxon'>; readonly defaults: SourceDefaults };
export interface ResolvedSome {
  /** *more*: ids are left, call again. *over*: the operation has ended before. */
  readonly outcome: 'more' | 'resolved' | 'over';
}

/** Ids asked for while one place at ENA is held: listings wait no longer than that. */
const AT_ONCE = 20;
/** At most five questions a second, whatever else is asked of ENA at the same time. */
const PAUSE_SECONDS = 0.2;
/** Well within the function's time; the rest is for the next call. */
const CALL_SECONDS = 300;

/**
 * Resolves the ids of an add-sources operation at ENA and makes their sources. What is done is noted in the operation, so that a call that
 * dies is repeated from there, and an id that was just written is found there and counted once.
 * @throws ArchiveUnavailableError when ENA cannot be asked now; what was done by then is noted
 */
export async function resolveSources(deps: ResolveDeps, operationId: string): Promise<ResolvedSome> {
  const until = deps.now().getTime() + CALL_SECONDS * 1000;
  for (;;) {
    const operation = await deps.stores.operations.get(operationId);
    if (operation === undefined) throw new RecordMissingError('operation', operationId);
    if (operation.status !== 'running') return { outcome: 'over' };
    const { ids } = AddAsked.parse(operation.request);
    const done = operation.result === undefined ? [] : AddResult.parse(operation.result).sources;
    if (done.length >= ids.length) return { outcome: 'resolved' };
    if (deps.now().getTime() >= until) return { outcome: 'more' };
    await withEnaPlace(deps, operationId, () => resolveSome(deps, operation, done));
  }
}

async function resolveSome(deps: ResolveDeps, operation: Operation, before: readonly AddedSource[]): Promise<void> {
  const { ids } = AddAsked.parse(operation.request);
  const done = [...before];
  try {
    for (const askedId of ids.slice(before.length, before.length + AT_ONCE)) {
      done.push(await resolveOne(deps, operation, askedId, done));
      await deps.sleep(PAUSE_SECONDS);
    }
  } finally {
    await note(deps, operation.operationId, done, ids.length);
  }
  // What was added is due at once; nobody waits a minute for the schedule.
  if (done.slice(before.length).some(({ outcome }) => outcome === 'added')) {
    await kickHeartbeat(deps, `${operation.operationId}.${done.length}`);
  }
}

async function resolveOne(
  deps: ResolveDeps,
  { actor, request, operationId }: Operation,
  askedId: string,
  done: readonly AddedSource[],
): Promise<AddedSource> {
  const { settings } = AddAsked.parse(request);
  const resolved = await resolveSource(deps.ena, askedId);
  const { sourceId } = resolved;
  const isTwice = done.some((other) => other.sourceId === sourceId);
  const added = await addResolved(deps, resolved, { actor, settings, defaults: deps.defaults, operationId });
  if (resolved.outcome === 'known' && !isIdentity(askedId)) await dropUnresolved(deps, askedId, sourceId, actor);
  const detail = resolved.outcome === 'known' ? resolved.note : resolved.detail;
  return {
    ...{
      id: askedId,
      sourceId,
      outcome: isTwice || added === 'existing' ? 'existing' : resolved.outcome === 'known' ? 'added' : 'unknown',
    },
    ...(resolved.outcome === 'known' && resolved.name !== undefined && { name: resolved.name }),
    ...(detail !== undefined && { detail }),
  };
}

async function note({ stores }: ResolveDeps, operationId: string, sources: readonly AddedSource[], total: number): Promise<void> {
  const progress = { done: sources.length, total };
  const result = { sources };
  await stores.operations.change(operationId, { from: 'running', set: { result, progress, detail: summaryOf(sources, total) } });
}
