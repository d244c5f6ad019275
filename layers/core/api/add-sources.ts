import { z } from 'zod';
import type { Operation } from '../operation';
import type { NewId } from '../ports/outside';
import { isOneInterval, ONE_INTERVAL, SETTING_FIELDS } from '../sources/settings';
import type { Deps } from '../use-cases/deps';
import { beginOperation } from '../use-cases/operations';
import { counted } from '../words';
import { parseSourceId } from './source-ids';

/** Ids of one request: an operation holds them all, with what came of each. */
export const ADD_LIMIT = 1_000;

/** Body of `POST /sources`: ids, and settings that all of them get. */
export const AddRequest = z
  .strictObject({ ids: z.array(z.string().max(200)).min(1).max(ADD_LIMIT), ...SETTING_FIELDS })
  .refine(isOneInterval, ONE_INTERVAL);
export type AddRequest = z.infer<typeof AddRequest>;

export type Asked =
  | { readonly outcome: 'asked'; readonly operation: Operation }
  | { readonly outcome: 'invalid'; readonly invalid: readonly { readonly id: string; readonly reason: string }[] };

/**
 * Begins the operation that resolves the ids at ENA and adds their sources; none when one of the ids cannot be right. Safe to repeat: another
 * operation finds the same sources there.
 */
export async function askForSources(
  deps: Pick<Deps, 'stores' | 'now'> & { readonly newId: NewId },
  { ids: texts, ...settings }: AddRequest,
  actor: string,
): Promise<Asked> {
  const parsed = texts.map((id) => ({ id, result: parseSourceId(id) }));
  const invalid = parsed.flatMap(({ id, result }) => (result.outcome === 'invalid' ? [{ id, reason: result.reason }] : []));
  if (invalid.length > 0) return { outcome: 'invalid', invalid };
  const ids = [...new Set(parsed.flatMap(({ result }) => (result.outcome === 'valid' ? [result.sourceId] : [])))];
  const detail = `${counted(ids.length, 'source', 'sources')} asked for`;
  return { outcome: 'asked', operation: await beginOperation(deps, 'add-sources', { actor, detail, request: { ids, settings } }) };
}
