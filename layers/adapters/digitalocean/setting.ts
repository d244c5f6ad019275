import { z } from 'zod';
import { jsonText } from '../../core/settings';

/** Droplets, for an installation that has them; else `null`. */
export const DropletSetting = jsonText(
  z
    .object({
      apiUrl: z.url(),
      /** In the order in which they are tried. */
      regions: z.array(z.string()).min(1),
      image: z.string(),
      maxDollarsPerHour: z.number().positive(),
      startDeadlineSeconds: z.number().int().positive(),
      egressDollarsPerGib: z.number().nonnegative(),
      lookUpSeconds: z.number().int().positive(),
      silenceSeconds: z.number().int().positive(),
      earlySweepSeconds: z.number().int().positive(),
    })
    .nullable(),
);
export type DropletSetting = z.infer<typeof DropletSetting>;
