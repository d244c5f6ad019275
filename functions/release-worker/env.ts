import { z } from 'zod';
import { DropletSetting } from '../../layers/adapters/digitalocean/setting';
import { BudgetSetting, ClusterSetting } from '../../layers/core/settings';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  INSTALLATION: z.string(),
  SSH_KEY_PARAMETER: z.string(),
  CLUSTER: ClusterSetting,
  BUDGET: BudgetSetting,
  DROPLET: DropletSetting,
  DIGITALOCEAN_TOKEN_PARAMETER: z.string(),
});
