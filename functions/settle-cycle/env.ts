import { z } from 'zod';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  MACHINES: z.string().transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text))),
});
