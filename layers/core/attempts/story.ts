import type { Attempt, Batch } from '../entities';
import { causeKind, FAULTS } from './causes';

/** Characters of a job's last words that are kept with its attempt. */
export const TAIL_LENGTH = 400;
export const tailOf = (text: string | null | undefined): string | undefined => {
  const trimmed = (text ?? '').trim();
  return trimmed === '' ? undefined : trimmed.slice(-TAIL_LENGTH);
};

/** One attempt in words: what ended it, whose fault that is, where it was, what it cost, and its last words. Pure. */
export function attemptText({ attempt, cause, detail, provider, place, node, dollars, tail }: Attempt): string {
  const at = [provider, place, node].filter((part) => part !== undefined).join(' ');
  const where = at === '' ? '' : ` at ${at}`;
  const cost = dollars === undefined || dollars === 0 ? '' : `; it cost $${dollars.toFixed(2)}`;
  const words = tail === undefined ? '' : `\n  ${tail.split('\n').join('\n  ')}`;
  return `attempt ${attempt}${where}: ${cause} (${FAULTS[causeKind(cause).fault]}): ${detail}${cost}${words}`;
}

const MOST_ATTEMPTS = 6;
/** The whole story of a batch for a person: every attempt, the newest last; of many the first and the last ones. Pure. */
export function storyOf({ batchId, attempts }: Pick<Batch, 'batchId' | 'attempts'>): string {
  const all = attempts.toSorted((one, other) => one.attempt - other.attempt);
  const left = all.length - MOST_ATTEMPTS;
  const told = left <= 0 ? all.map(attemptText) : [...all.slice(0, 1), ...all.slice(left + 1)].map(attemptText);
  if (left > 0) told.splice(1, 0, `… ${left} more between them: "trawl show" tells them …`);
  return [batchId, ...told].join('\n');
}
