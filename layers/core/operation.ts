/** Work that a person (or a schedule) asked for and that goes on after the request was answered. */
import { z } from 'zod';
import { Time } from './entity-words';

export const OPERATION_KINDS = ['add-sources', 'export', 'adopt', 'verify'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];
export const OPERATION_STATUSES = [
  'running', // asked for: its execution runs, or is about to
  'done', // final: `result` says what came of it, also where parts of it could not be done
  'failed', // final: `detail` says why
] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** `<time>-<kind>-<suffix>`, time first so that ids sort by age; also the name of its execution. At most 80 characters. */
export const OperationId = z.string().regex(/^\d{8}T\d{9}Z-[a-z][a-z-]{1,30}-[0-9a-z]{1,12}$/, 'is not the id of an operation');

export const Operation = z.object({
  operationId: OperationId,
  kind: z.enum(OPERATION_KINDS),
  status: z.enum(OPERATION_STATUSES),
  /** Name of the token, or of the function, that asked for it. */
  actor: z.string(),
  startedAt: Time,
  endedAt: Time.optional(),
  /** One line for people: what it is about, then what came of it. */
  detail: z.string().optional(),
  /** What was asked for, as its kind defines it; with `result` well below the 400 KB of an item. Larger ones name an object of the bucket. */
  request: z.record(z.string(), z.unknown()).optional(),
  /** Parts done of all parts, where these can be counted. */
  progress: z.object({ done: z.number().int().nonnegative(), total: z.number().int().nonnegative() }).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
});
export type Operation = z.infer<typeof Operation>;

/** @param suffix keeps operations of one millisecond apart: the first eight letters and digits of it count */
export const operationIdOf = (kind: OperationKind, now: Date, suffix: string): string =>
  `${now.toISOString().replace(/[-:.]/g, '')}-${kind}-${suffix
    .toLowerCase()
    .replace(/[^0-9a-z]/g, '')
    .slice(0, 8)}`;
