import type { RecordFiles, Workspace } from '../ports/listings';
import type { ObjectStore } from '../ports/outside';
import { CycleSummary } from './documents';
import { sourceKeys } from './keys';

/**
 * Brings the records of a cycle into the workspace: what the cycle wrote, and the base that it stands on where it wrote its differences.
 * @throws ObjectMissingError when the cycle has no records
 */
export async function fetchRecords(
  objects: Pick<ObjectStore, 'getJson' | 'download'>,
  { sourceId, cycle }: { readonly sourceId: string; readonly cycle: number },
  workspace: Workspace,
): Promise<RecordFiles> {
  const keys = sourceKeys(sourceId, cycle);
  const baseCycle = (await objects.getJson(keys.summary, CycleSummary))?.baseCycle;
  const runs = workspace.path(`records-${cycle}.parquet`);
  await objects.download(keys.runs, runs);
  if (baseCycle === undefined) return { runs };
  const base = workspace.path(`records-${baseCycle}.parquet`);
  await objects.download(sourceKeys(sourceId, baseCycle).runs, base);
  return { runs, base };
}
