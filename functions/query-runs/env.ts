import { z } from 'zod';
import { Stage } from '../../layers/core/wire';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  WORKFLOW: z.string().transform((text) => z.tuple([Stage], Stage).parse(JSON.parse(text))),
});
