import { z } from 'zod';
import { DropletSetting } from '../../layers/adapters/digitalocean/setting';
import { Stage } from '../../layers/core/wire';

const json = <T>(schema: z.ZodType<T>) => z.string().transform((text) => schema.parse(JSON.parse(text)));
const Workers = z.number().int().positive();

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  WORKFLOW: json(z.tuple([Stage], Stage)),
  BATCH: json(z.object({ maxBytes: z.number().int().positive(), maxRuns: z.number().int().positive() })),
  DROPLET: DropletSetting,
  DIGITALOCEAN_TOKEN_PARAMETER: z.string(),
  START_DEADLINE_SECONDS: z.coerce.number().int().positive(),
  CAPS: json(z.object({ pools: z.object({ scheduled: Workers, manual: Workers }), providers: z.record(z.string(), Workers) })),
});
