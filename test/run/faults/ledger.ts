import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';

const PATH = resolve(__dirname, '../../..', '.trawl', 'test-results', 'faults.jsonl');

const Line = z.union([
  /** A fault came to be, so often. */
  z.strictObject({ id: z.string(), times: z.int().min(1) }),
  /** What an installation had lost and leaked when its tests were over. */
  z.strictObject({ installation: z.string(), lost: z.array(z.string()), leaked: z.array(z.string()) }),
]);
type Line = z.output<typeof Line>;
export type Tally = Extract<Line, { readonly installation: string }>;

export interface Ledger {
  readonly times: ReadonlyMap<string, number>;
  readonly tallies: readonly Tally[];
}

/** What the tests of faults write down, from several processes: lines are appended whole. */
function note(line: Line): void {
  mkdirSync(dirname(PATH), { recursive: true });
  appendFileSync(PATH, `${JSON.stringify(line)}\n`);
}
/** To be said where the fault has come to be, not where it was asked for. */
export const injected = (id: string, times = 1): void => note({ id, times });
export const tallied = (tally: Tally): void => note(tally);

export const clearLedger = (): void => rmSync(PATH, { force: true });

/** @throws ZodError on a line that nobody here wrote */
export function readLedger(): Ledger {
  const text = existsSync(PATH) ? readFileSync(PATH, 'utf8') : '';
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Line.parse(JSON.parse(line)));
  const times = new Map<string, number>();
  for (const line of lines) if ('id' in line) times.set(line.id, (times.get(line.id) ?? 0) + line.times);
  return { times, tallies: lines.filter((line): line is Tally => 'installation' in line) };
}
