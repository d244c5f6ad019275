import type { FilterDocument, FilterSetting } from './document-schema';
import { DEFAULT_FILTERS } from './rules';

/**
 * What holds for every source of an installation that says nothing else: the built-in defaults, each replaced in its place by the installation's
 * own setting of that rule or turned off by it; its other rules follow. Pure; `own` was read by `readFilters`.
 */
export function installationFilters(own: FilterDocument | undefined): FilterDocument {
  const settings = new Map<string, FilterSetting>();
  for (const setting of [...DEFAULT_FILTERS.rules, ...(own?.rules ?? [])]) settings.set(setting.rule, setting);
  return { v: 1, rules: [...settings.values()].filter(({ off }) => off === undefined) };
}
