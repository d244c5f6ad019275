import { z } from 'zod';
import { BudgetSetting, CapsSetting, MachinesSetting } from '../../layers/core/settings';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  INSTALLATION: z.string(),
  MASTER_SECRET_NAME: z.string(),
  BASE_URL_PARAMETER: z.string(),
  CAPS: CapsSetting,
  BUDGET: BudgetSetting,
  MACHINES: MachinesSetting,
  LEASE_SECONDS: z.coerce.number().int().positive(),
  START_DEADLINE_SECONDS: z.coerce.number().int().positive(),
});
