import type { FunctionVersions, PublishedVersion } from '../ports/outside';

/** Executions finish under the code that they began with; none of them lasts so long (contract 11). */
const KEPT_DAYS = 90;
const DAY_MS = 86_400_000;

/** Versions that were replaced so long ago: the newest one is in use, however old it is. Pure. */
export function oldVersions(versions: readonly PublishedVersion[], now: Date): readonly string[] {
  const byAge = versions.toSorted((one, other) => Number(one.version) - Number(other.version));
  return byAge
    .filter((_, place) => {
      const replacedAt = byAge[place + 1]?.publishedAt;
      return replacedAt !== undefined && now.getTime() - Date.parse(replacedAt) > KEPT_DAYS * DAY_MS;
    })
    .map(({ version }) => version);
}

/** Safe to repeat: what is gone is not listed. @returns how many were removed */
export async function removeOldVersions(functions: FunctionVersions, now: Date): Promise<number> {
  let removed = 0;
  for (const { name, versions } of await functions.list()) {
    for (const version of oldVersions(versions, now)) {
      await functions.remove(name, version);
      removed += 1;
    }
  }
  return removed;
}
