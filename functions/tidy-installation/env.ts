import { z } from 'zod';
import { ClusterSetting, FunctionNamesSetting, RetentionSetting } from '../../layers/core/settings';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  INSTALLATION: z.string(),
  SSH_KEY_PARAMETER: z.string(),
  CLUSTER: ClusterSetting,
  RETENTION: RetentionSetting,
  FUNCTIONS: FunctionNamesSetting,
});
