/** What the tests of adopting and of hashing again share. */
import { sourceKeys } from '../../../../layers/core/discovery/keys';
import type { VerifyRequest } from '../../../../layers/core/home/documents';
import type { PlannedRun } from '../../../../layers/core/wire';
import { writeLines } from './lines';
import { keyOf, STAGE, type World } from './world';

export const SOURCE = 'study:PRJEB1';
export const ADOPT = '20260101T000000000Z-adopt-abc';
export const VERIFY = '20260101T000000000Z-verify-abc';
export const job = (kind: 'adopt' | 'rehash', step = 1): string => `study-PRJEB1.1.20260101000000000-abc.${kind}-${step}`;

export async function adopting(world: World, due: readonly PlannedRun[], dryRun = false, starts = true): Promise<void> {
  await writeLines(world.objects, sourceKeys(SOURCE, 1).due, due);
  const request = { sources: [SOURCE], directory: '/lab/raw', how: 'link', dryRun };
  await begin(world, ADOPT, 'adopt', request, starts);
}
async function begin(world: World, operationId: string, kind: 'adopt' | 'verify', request: object, starts = true): Promise<void> {
  const startedAt = world.now().toISOString();
  await world.stores.operations.add({ operationId, kind, status: 'running', actor: 'anna', startedAt, request: { ...request } });
  if (!starts) return;
  await world.machines.start('tend-home', operationId, { id: operationId, operationId });
  await world.machines.settled();
}
export const verifying = (world: World, more: Partial<VerifyRequest> = {}, operationId = VERIFY): Promise<void> =>
  begin(world, operationId, 'verify', { sources: [SOURCE], refetch: false, before: 1, once: false, ...more });

export const entry = (run: PlannedRun, result: string, detail?: string) => ({
  ...{ accession: run.accession, filesHash: run.filesHash, result, how: null, reason: null, detail: detail ?? null, path: null },
  bytes: 100,
});
export const damage = (run: PlannedRun, result = 'damaged') => ({
  ...{
    accession: run.accession,
    filesHash: run.filesHash,
    stage: STAGE.name,
    revision: STAGE.revision,
    result,
    path: `runs/${run.accession}`,
  },
  faults: [{ name: 'x.fastq.gz', fault: 'md5', expected: 'a', found: 'b' }],
});
export const outcomeOf = async (world: World, run: PlannedRun) => (await world.stores.outcomes.get([keyOf(run)])).get(keyOf(run))?.result;
export const complete = async (world: World, ...runs: readonly PlannedRun[]): Promise<void> => {
  const common = { result: 'complete', batchId: 'b', bytes: 1, at: world.now().toISOString() } as const;
  await world.stores.outcomes.put(runs.map((run) => ({ fetchKey: keyOf(run), ...common })));
};
