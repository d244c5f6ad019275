import { z } from 'zod';
import { ExtraQuery } from '../discovery/extra-query';
import { Limits, SOURCE_PROVIDERS, type Source } from '../entities';
import { WorkflowName } from '../workflows/document';
import { checkSoon } from './check-soon';
import { Priority } from './priority';

const DAY_SECONDS = 24 * 3600;
const SHORTEST_SECONDS = 60;
const LONGEST_DAYS = 366;

export const SourceDefaults = z.object({ limits: Limits, recheckSeconds: z.number().int().min(SHORTEST_SECONDS) });
export type SourceDefaults = z.infer<typeof SourceDefaults>;

/** Settings of a source as a person gives them; absent ones stay as they are. */
export const SETTING_FIELDS = {
  includeSubtree: z.boolean().optional(),
  priority: Priority.optional(),
  recheckSeconds: z
    .number()
    .int()
    .min(SHORTEST_SECONDS)
    .max(LONGEST_DAYS * DAY_SECONDS)
    .optional(),
  recheckDays: z.number().positive().max(LONGEST_DAYS).optional(),
  limits: z.strictObject(Limits.shape).partial().optional(),
  provider: z.enum(SOURCE_PROVIDERS).optional(),
  /** Whether there is one of that name is asked where the settings come in. */
  workflow: WorkflowName.optional(),
  /** `null`: none any more. */
  extraQuery: ExtraQuery.nullable().optional(),
} as const;

/** Judged also where other fields are wrong, so that all errors come at once. */
export const isOneInterval = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || !('recheckDays' in value && 'recheckSeconds' in value);
export const ONE_INTERVAL = { error: 'give recheckDays or recheckSeconds, not both', path: ['recheckDays'], when: () => true };

export const SourceSettings = z.strictObject(SETTING_FIELDS).refine(isOneInterval, ONE_INTERVAL);
export type SourceSettings = z.infer<typeof SourceSettings>;

/** Seconds between two checks, where one of the two is given. */
export const intervalOf = ({ recheckSeconds, recheckDays }: SourceSettings): number | undefined =>
  recheckDays === undefined ? recheckSeconds : Math.max(SHORTEST_SECONDS, Math.round(recheckDays * DAY_SECONDS));

/** The limits that are given, and the others as they were. */
export const limitsOf = ({ limits }: SourceSettings, before: Limits): Limits => ({
  runs: limits?.runs ?? before.runs,
  bytes: limits?.bytes ?? before.bytes,
  dollars: limits?.dollars ?? before.dollars,
});

/** A change of settings as fields of the source; `lines` says each in words, none: nothing changes. */
export interface SettingsChange {
  readonly set: Partial<Source>;
  readonly remove: readonly (keyof Source)[];
  readonly lines: readonly string[];
}

const text = (value: unknown): string => (value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value));

/** What new settings change of a source. Pure. */
export function changeOf(source: Source, settings: SourceSettings, now: Date): SettingsChange {
  const wanted = {
    includeSubtree: settings.includeSubtree ?? source.includeSubtree,
    priority: settings.priority ?? source.priority,
    workflow: settings.workflow ?? source.workflow,
    provider: settings.provider ?? source.provider,
    recheckSeconds: intervalOf(settings) ?? source.recheckSeconds,
    extraQuery: settings.extraQuery === null ? undefined : (settings.extraQuery ?? source.extraQuery),
    limits: limitsOf(settings, source.limits),
  } satisfies Partial<Source>;
  const changed = Object.entries(wanted).filter(([name, value]) => text(source[name as keyof Source]) !== text(value));
  const names = changed.map(([name]) => name);
  const asksAnew = names.includes('extraQuery') || names.includes('includeSubtree');
  const check = asksAnew
    ? checkSoon(source, now)
    : names.includes('recheckSeconds')
      ? { nextCheckAt: nextCheck(source, wanted.recheckSeconds) }
      : {};
  return {
    set: { ...Object.fromEntries(changed.filter(([, value]) => value !== undefined)), ...check },
    remove: changed.filter(([, value]) => value === undefined).map(([name]) => name as keyof Source),
    lines: changed.map(([name, value]) => `${name} ${text(source[name as keyof Source])} → ${text(value)}`),
  };
}

/** From the last check on; a check that comes earlier, because the last one failed, stays early. */
function nextCheck({ lastCheckedAt, nextCheckAt, recheckSeconds }: Source, seconds: number): string {
  if (lastCheckedAt === undefined) return nextCheckAt;
  const from = (interval: number): string => new Date(Date.parse(lastCheckedAt) + interval * 1000).toISOString();
  const isRetry = nextCheckAt < from(recheckSeconds);
  return isRetry && nextCheckAt < from(seconds) ? nextCheckAt : from(seconds);
}
