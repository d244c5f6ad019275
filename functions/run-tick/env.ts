import { z } from 'zod';
import { DropletSetting } from '../../layers/adapters/digitalocean/setting';
import { BudgetSetting, CapsSetting, ClusterSetting, MachinesSetting } from '../../layers/core/settings';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  SSH_KEY_PARAMETER: z.string(),
  CLUSTER: ClusterSetting,
  CAPS: CapsSetting,
  BUDGET: BudgetSetting,
  DROPLET: DropletSetting,
  DIGITALOCEAN_TOKEN_PARAMETER: z.string(),
  START_DEADLINE_SECONDS: z.coerce.number().int().positive(),
  LONG_PENDING_SECONDS: z.coerce.number().positive(),
  MACHINES: MachinesSetting,
});
