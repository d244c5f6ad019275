import { z } from 'zod';

/** The words of the earlier system, highest first in the queue. From 0 down nothing new begins for a source; what runs goes on. */
export const PRIORITIES = {
  stopped: -1,
  paused: 0,
  'very-low': 1,
  low: 2,
  normal: 3,
  high: 4,
  'very-high': 5,
  urgent: 6,
} as const;
export const DEFAULT_PRIORITY: number = PRIORITIES.normal;
export const Priority = z.number().int().min(PRIORITIES.stopped).max(PRIORITIES.urgent);

/** Whether cycles start and batches are dispatched at this priority. */
export const isServed = (priority: number): boolean => priority > PRIORITIES.paused;

/** `6` as `6 (urgent)`. */
export const priorityText = (priority: number): string =>
  `${priority} (${Object.entries(PRIORITIES).find(([, value]) => value === priority)?.[0] ?? 'unknown'})`;
