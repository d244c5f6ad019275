import { z } from 'zod';
import { KitSetting, MachinesSetting } from '../../layers/core/settings';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  MASTER_SECRET_NAME: z.string(),
  KIT: KitSetting,
  MACHINES: MachinesSetting,
});
