import { z } from 'zod';
import { VerifySetting } from '../../layers/core/settings';

export const Env = z.object({ TABLE_NAME: z.string(), VERIFY: VerifySetting });
