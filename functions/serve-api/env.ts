import { z } from 'zod';
import { SourceDefaults } from '../../layers/core/api/add-sources';
import { CapsSetting, ClusterSetting, HoldSecondsSetting, jsonText, MachinesSetting } from '../../layers/core/settings';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  INSTALLATION: z.string(),
  CLUSTER: ClusterSetting,
  CAPS: CapsSetting,
  SOURCE_DEFAULTS: jsonText(SourceDefaults),
  MACHINES: MachinesSetting,
  HOLD_SECONDS: HoldSecondsSetting,
});
