import { injected } from '../../run/faults/ledger';
import type { FaultRuleInput } from '../../world/ena/control-schema';
import type { Place } from './place';

export type Fault = Extract<FaultRuleInput, { readonly on: 'portal' }>['fault'];
/** How often, and how many questions of the kind are answered well before. */
export interface When {
  readonly times?: number;
  readonly after?: number;
}

/** What a question about a study looks like, up to the study. */
export const question = (kind: 'count' | 'search', study: string): string => `/${kind}?result=read_run&query=(study_accession="${study}"`;

/** A fault of the next questions of one kind about one study. */
export async function spoil(
  { installation }: Place,
  study: string,
  kind: 'count' | 'search',
  fault: Fault,
  { times = 1, after = 0 }: When = {},
): Promise<void> {
  await installation.ena.inject({ on: 'portal', contains: question(kind, study), times, after, fault });
}

/** How often faults acted on a study so far, by their kind. */
export async function spoilt({ installation }: Place, study: string): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { fault, query } of await installation.ena.requests())
    if (fault !== null && query['query']?.includes(`"${study}"`) === true) counts[fault] = (counts[fault] ?? 0) + 1;
  return counts;
}

const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** How many faults acted on a study so far. */
export const acted = async (place: Place, study: string): Promise<number> => total(await spoilt(place, study));

/** Notes for `npm run faults` that a fault came to be. @param before what `acted` said before it was asked for. @throws Error where none acted since */
export async function note(place: Place, study: string, id: string, before = 0): Promise<void> {
  const times = (await acted(place, study)) - before;
  if (times < 1) throw new Error(`${id} never acted on ${study}`);
  injected(id, times);
}
