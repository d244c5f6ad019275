import { z } from 'zod';
import { DropletSetting } from '../../layers/adapters/digitalocean/setting';
import { BatchSetting, CapsSetting, jsonText } from '../../layers/core/settings';
import { Stage } from '../../layers/core/wire';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  WORKFLOW: jsonText(z.tuple([Stage], Stage)),
  BATCH: jsonText(BatchSetting),
  DROPLET: DropletSetting,
  DIGITALOCEAN_TOKEN_PARAMETER: z.string(),
  START_DEADLINE_SECONDS: z.coerce.number().int().positive(),
  CAPS: CapsSetting,
});
