import { z } from 'zod';
import { WorkflowSetting } from '../../layers/core/settings';

export const Env = z.object({ TABLE_NAME: z.string(), BUCKET_NAME: z.string(), WORKFLOW: WorkflowSetting });
