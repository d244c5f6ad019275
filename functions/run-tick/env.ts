import { z } from 'zod';
import { CapsSetting, ClusterSetting, DropletSetting, MachinesSetting } from '../../layers/core/settings';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  SSH_KEY_PARAMETER: z.string(),
  CLUSTER: ClusterSetting,
  CAPS: CapsSetting,
  DROPLET: DropletSetting,
  START_DEADLINE_SECONDS: z.coerce.number().int().positive(),
  MACHINES: MachinesSetting,
});
