import { z } from 'zod';

/** Times are ISO 8601 in UTC with milliseconds, so that they sort as text. */
export const Time = z.iso.datetime({ precision: 3 });

export const POOLS = ['scheduled', 'manual'] as const;
export type Pool = (typeof POOLS)[number];
