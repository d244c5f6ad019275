import { z } from 'zod';
import { FilterDefaultsSetting, ListingSetting } from '../../layers/core/settings';

export const Env = z.object({
  TABLE_NAME: z.string(),
  BUCKET_NAME: z.string(),
  ENA_PORTAL_URL: z.url(),
  ENA_TAXONOMY_URL: z.url(),
  FILTER_DEFAULTS: FilterDefaultsSetting,
  LISTING: ListingSetting,
});
