import { z } from 'zod';
import { FilterDefaultsSetting } from '../../layers/core/settings';
import { Stage } from '../../layers/core/wire';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  FILTER_DEFAULTS: FilterDefaultsSetting,
  WORKFLOW: z.string().transform((text) => z.tuple([Stage], Stage).parse(JSON.parse(text))),
});
