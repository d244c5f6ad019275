import { z } from 'zod';
import {
  BudgetSetting,
  CapsSetting,
  ClusterSetting,
  FilterDefaultsSetting,
  HoldSecondsSetting,
  MachinesSetting,
  PipelinesSetting,
} from '../../layers/core/settings';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  INSTALLATION: z.string(),
  CLUSTER: ClusterSetting,
  CAPS: CapsSetting,
  BUDGET: BudgetSetting,
  MACHINES: MachinesSetting,
  HOLD_SECONDS: HoldSecondsSetting,
  FILTER_DEFAULTS: FilterDefaultsSetting,
  PIPELINES: PipelinesSetting,
});
