import { z } from 'zod';
import { Stage } from '../../layers/core/wire';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  ENA_FILE_BASE_URL: z.url(),
  WORKFLOW: z.string().transform((text) => z.tuple([Stage], Stage).parse(JSON.parse(text))),
});
