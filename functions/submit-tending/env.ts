import { z } from 'zod';
import { CapsSetting, ClusterSetting, VerifySetting, WorkflowSetting } from '../../layers/core/settings';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  INSTALLATION: z.string(),
  MASTER_SECRET_NAME: z.string(),
  BASE_URL_PARAMETER: z.string(),
  SSH_KEY_PARAMETER: z.string(),
  CLUSTER: ClusterSetting,
  WORKFLOW: WorkflowSetting,
  CAPS: CapsSetting,
  VERIFY: VerifySetting,
});
