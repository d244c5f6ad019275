import { z } from 'zod';
import { JobId } from './ids';

/** What the report of every job says, whatever its kind. */
export const ReportBase = z.object({
  v: z.literal(1),
  jobId: JobId,
  result: z.enum(['finished', 'failed']),
  startedAt: z.string(),
  endedAt: z.string(),
});
