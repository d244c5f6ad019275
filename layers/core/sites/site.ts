import { z } from 'zod';
import { Time } from '../entity-words';

/** Provider word of workers that are claims of sites. */
export const SITE_PROVIDER = 'site';
/** Why a claim ended without a word of its site. */
export const LEASE_OVER = 'lease-over';

export const SiteName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, 'is no name of a site: small letters, digits and "-", at most 31, a letter first');

const Count = z.number().int().positive();
/** What a site can give to one batch now, as it says itself with each request. */
export const SiteOffer = z.strictObject({
  cpus: Count,
  memoryMb: Count,
  /** Longest time that a job may take there. */
  timeMinutes: Count,
  /** Free space for what a batch fetches. */
  bytes: z.number().nonnegative(),
  /** Content hash by pipeline of the kit that it has; absent: it takes the kit that it is handed. */
  pipelines: z.record(z.string(), z.string().regex(/^[0-9a-f]{12,64}$/)).optional(),
});
export type SiteOffer = z.infer<typeof SiteOffer>;

/** A place where nobody may log in, which fetches its work itself. One token acts for it. */
export const Site = z.object({
  name: SiteName,
  /** Batches that it may hold at once. */
  claims: Count,
  /** Stages that it may run; absent: every one. */
  stages: z.array(z.string()).min(1).optional(),
  tokenHash: z.string(),
  createdAt: Time,
  createdBy: z.string(),
  /** From then on its token is dead; what it held comes back when the leases end. */
  revokedAt: Time.optional(),
  /** When it asked for work last, and what it offered. */
  seenAt: Time.optional(),
  offer: SiteOffer.optional(),
});
export type Site = z.infer<typeof Site>;
