import { z } from 'zod';
import { jsonText, MachinesSetting } from '../../layers/core/settings';
import { SourceDefaults } from '../../layers/core/sources/settings';

export const Env = z.object({
  TABLE_NAME: z.string(),
  ENA_PORTAL_URL: z.url(),
  ENA_TAXONOMY_URL: z.url(),
  SOURCE_DEFAULTS: jsonText(SourceDefaults),
  MACHINES: MachinesSetting,
});
