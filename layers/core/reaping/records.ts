/** What the reaper keeps between its cycles: one report, whose marks are what it looks at again, and what persons protect. */
import { z } from 'zod';
import { Time } from '../entity-words';
import { SUSPECT_NAMES } from './kinds';

const Text = z.string().max(500);

/** A suspect. Acted upon when it is one still a cycle later; dropped as soon as it recovers. */
export const Mark = z.object({
  /** `machine/<provider>/<ref>`, `worker/<id>`, `job/<key>`, `tasks/<key>`, `execution/<name>`, `batch/<id>`, `counter/<scope>`. */
  subject: z.string(),
  kind: z.enum(SUSPECT_NAMES),
  /** Who must have answered for its recovery to be known. */
  place: z.string(),
  detail: Text,
  /** What must be the same at the next look, besides the kind. */
  fingerprint: z.string().optional(),
  workerId: z.string().optional(),
  /** Its name at the provider or the cluster. */
  key: z.string().optional(),
  since: Time,
  /** Looks that found it so, the first included. */
  looks: z.number().int().positive(),
  /** Why nothing is done: `tag` at the provider, or who keeps it. */
  keptBy: z.string().optional(),
  /** An act on it was begun and its end is not recorded yet: since when, and where the history is told of it. */
  asked: z.object({ at: Time, entityId: z.string(), sourceId: z.string() }).optional(),
  actedAt: Time.optional(),
  /** What the last act came to. */
  result: Text.optional(),
});
export type Mark = z.infer<typeof Mark>;

export const Acted = z.object({
  subject: z.string(),
  kind: z.enum(SUSPECT_NAMES),
  act: z.string(),
  result: Text,
});
export type Acted = z.infer<typeof Acted>;

/** What there was at one provider, or among the jobs of the cluster; `unknown`: it did not answer, and nothing about it was concluded. */
export const Listed = z.object({
  place: z.string(),
  alive: z.number().int().optional(),
  keys: z.array(z.string()),
  unknown: Text.optional(),
});
export type Listed = z.infer<typeof Listed>;

/** One cycle of the reaper; the last one is kept. Lists are cut at their ends so that it stays an item of the table. */
export const ReapReport = z.object({
  id: z.string(),
  at: Time,
  listed: z.array(Listed),
  marks: z.array(Mark),
  acted: z.array(Acted),
  /** Subjects that are suspects no more. */
  recovered: z.array(z.string()),
  /** Parts that failed; the others were done. */
  errors: z.array(z.object({ subject: z.string(), error: Text })),
  /** Suspects above what is kept; they are looked at for the first time again. */
  leftOut: z.number().int().nonnegative(),
});
export type ReapReport = z.infer<typeof ReapReport>;

/** Somebody wants this left alone. */
export const Keep = z.object({
  /** A subject of a mark, the id of a worker, a name or a number at the provider. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}$/, 'is no name of a worker, machine or job'),
  by: z.string(),
  at: Time,
  reason: z.string().max(200).optional(),
});
export type Keep = z.infer<typeof Keep>;

/** Events that belong to no source stand under this name. */
export const INSTALLATION_EVENTS = 'installation';
