import { z } from 'zod';
import { ListingWarning } from '../../layers/core/discovery/listing-warnings';
import { settleCycle, type CycleEnd } from '../../layers/core/discovery/settle-cycle';
import { slug, SourceId } from '../../layers/core/ids';
import type { Deps } from '../../layers/core/use-cases/deps';
import { evaluateSource } from '../../layers/core/use-cases/evaluate-source';
import { kickHeartbeat } from '../../layers/core/use-cases/kick-heartbeat';

const Answer = z.looseObject({
  outcome: z.string(),
  code: z.string().optional(),
  detail: z.string().optional(),
  rows: z.number().optional(),
  afterSeconds: z.number().optional(),
  batches: z.number().optional(),
});
/** The execution's whole data: the answer of each step that ran, or the failure that ended it. */
export const Input = z.object({
  sourceId: SourceId,
  cycle: z.number().int().positive(),
  listed: Answer.extend({ warnings: z.array(ListingWarning).readonly().optional() }).optional(),
  compared: Answer.optional(),
  planned: Answer.optional(),
  failure: z.looseObject({ Error: z.string().optional(), Cause: z.string().optional() }).optional(),
});
export type Input = z.infer<typeof Input>;

/**
 * Ends a cycle, however it went, publishes the source where nothing is left to wait for, and has a new plan dispatched at once, or the next
 * source checked. Safe to repeat: each of these is.
 */
export const settleCycleHandler =
  (deps: Pick<Deps, 'stores' | 'machines' | 'objects' | 'now'>) =>
  async (input: Input): Promise<{ readonly outcome: 'settled' | 'stale' }> => {
    const outcome = await settleCycle(deps, input.sourceId, input.cycle, endOf(input));
    await evaluateSource(deps, input.sourceId);
    if (await isTickWorthwhile(deps, input)) await kickHeartbeat(deps, `${slug(input.sourceId)}.${input.cycle}`);
    return { outcome };
  };

/** There is something to dispatch, or another source waits for the place of this cycle. */
async function isTickWorthwhile({ stores, now }: Pick<Deps, 'stores' | 'now'>, { planned }: Input): Promise<boolean> {
  if (planned?.outcome !== 'planned') return false;
  return planned.batches !== 0 || (await stores.sources.due(now().toISOString(), 1)).length > 0;
}

/** One end for all the ways in which the machine gets here. */
export function endOf({ listed, compared, planned, failure }: Input): CycleEnd {
  if (failure !== undefined) return failed(failure.Error ?? 'unknown error', failure.Cause ?? '');
  const last = planned ?? compared ?? listed;
  const detail = last?.detail ?? '';
  switch (last?.outcome) {
    case 'planned':
      return { outcome: 'good', detail: `${listed?.rows ?? 0} runs listed, planned`, warnings: listed?.warnings ?? [] };
    case 'stale':
      return { outcome: 'good', detail: 'a newer plan took over', warnings: listed?.warnings ?? [] };
    case 'rejected':
      return { outcome: 'bad', code: 'listing-rejected', detail: `${last.code ?? 'no code'}: ${detail}`, ...suspectOf(last) };
    case 'unavailable':
      return { outcome: 'bad', code: 'archive-unavailable', detail, ...(last.afterSeconds && { afterSeconds: last.afterSeconds }) };
    case 'unknown-source':
      return { outcome: 'bad', code: 'source-unknown', detail };
    default:
      return { outcome: 'bad', code: 'cycle-failed', detail: `the machine came to its end after ${last?.outcome ?? 'nothing'}` };
  }
}

/** Only a rejection that a person may confirm says how many rows there were. */
const suspectOf = ({ code, rows }: z.infer<typeof Answer>): Pick<Extract<CycleEnd, { readonly outcome: 'bad' }>, 'suspect'> =>
  code === undefined || rows === undefined ? {} : { suspect: { code, rows } };

/** A failed function's cause is JSON with its message; not every emulator keeps the error's name, so the message decides too. */
function failed(error: string, cause: string): CycleEnd {
  const message = /"errorMessage"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(cause)?.[1] ?? cause;
  const isArchive = error === 'ArchiveUnavailableError' || message.startsWith('ENA is unavailable');
  return { outcome: 'bad', code: isArchive ? 'archive-unavailable' : 'cycle-failed', detail: isArchive ? message : `${error}: ${message}` };
}
