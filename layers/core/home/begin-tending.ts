import type { Source } from '../entities';
import type { Deps } from '../use-cases/deps';
import { beginOperation } from '../use-cases/operations';
import type { TendPlace, VerifyRequest } from './documents';

/** `operationId` of the schedule's own starts. */
export const SCHEDULED = 'scheduled';
/** Sources of one scheduled pass; more wait for the next, those not seen whole for longest first. */
export const SCHEDULED_SOURCES = 200;

export interface TendStart {
  /** An operation that was begun by a person, or *scheduled*. */
  readonly operationId: string;
  /** Name and start of the execution: a schedule's operation is named after them, so that beginning twice makes one. */
  readonly name: string;
  readonly startedAt: string;
}
export type TendBegun = ({ readonly outcome: 'begun' } & TendPlace) | { readonly outcome: 'nothing' };

/** Where the work on what is at home begins. Scheduled: the sources whose last full pass is too long ago. Safe to repeat: see TendStart. */
export async function beginTending(
  deps: Pick<Deps, 'stores'> & { readonly days: number },
  { operationId, name, startedAt }: TendStart,
): Promise<TendBegun> {
  const first = { outcome: 'begun', step: 1, at: 0, from: 0, tries: 0 } as const;
  if (operationId !== SCHEDULED) return { ...first, operationId };
  const started = new Date(startedAt);
  const before = new Date(started.getTime() - deps.days * 86_400_000);
  const sources = await dueSources(deps, before.toISOString());
  if (sources.length === 0) return { outcome: 'nothing' };
  const request: VerifyRequest = {
    sources: [...sources],
    refetch: false,
    before: Math.floor(before.getTime() / 1000),
    once: true,
    execution: name,
  };
  const operation = await beginOperation(
    { ...deps, now: () => started, newId: () => name.replace(/[^0-9a-z]/gi, '').slice(-8) },
    'verify',
    { actor: 'schedule', detail: `${sources.length} sources, last seen whole before ${before.toISOString()}`, request },
  );
  return { ...first, operationId: operation.operationId };
}

/** When it was last seen whole: results that are younger than that were verified when they were published. */
const seenAt = ({ homeVerifiedAt, createdAt }: Source): string => homeVerifiedAt ?? createdAt;

async function dueSources({ stores }: Pick<Deps, 'stores'>, before: string): Promise<readonly string[]> {
  const due: Source[] = [];
  let cursor: string | undefined;
  do {
    const page = await stores.sources.list({ limit: 500, ...(cursor !== undefined && { cursor }) });
    due.push(...page.items.filter((source) => source.counts.complete > 0 && seenAt(source) < before));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return due
    .sort((one, other) => seenAt(one).localeCompare(seenAt(other)))
    .slice(0, SCHEDULED_SOURCES)
    .map(({ sourceId }) => sourceId);
}
