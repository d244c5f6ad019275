import { planBatchesHandler } from '../../../../functions/plan-batches/handler';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { writeFileSync } from 'node:fs';
import { temporaryWorkspace } from '../../../../layers/adapters/duckdb/workspace';
import { CycleSummary } from '../../../../layers/core/discovery/documents';
import { judgeRun } from '../../../../layers/core/discovery/judge-run';
import { sourceKeys } from '../../../../layers/core/discovery/keys';
import type { PriceList } from '../../../../layers/core/dispatch/worst-case';
import type { Source } from '../../../../layers/core/entities';
import { aRow, aSource, aStage } from '../../core/discovery/factories';

export const sourceId = 'study:PRJEB28810';
export const at = '2026-01-01T00:00:00.000Z';
export const event = { entityId: sourceId, sourceId, at, type: 'test', actor: 'test' };
export const stage = aStage();

export const FREE = { dollarsPerHour: 0, egressDollarsPerGib: 0 };
/** A source whose cycle was compared, about to be planned. */
export async function installed(source: Partial<Source> = {}, due = 5, rateOf: PriceList = () => FREE) {
  const stores = memoryStores();
  const objects = memoryObjects();
  await stores.sources.add(aSource({ sourceId, cycle: 1, cycleRunning: true, phase: 'listing', ...source }), event);
  const upload = (key: string, values: readonly unknown[]) =>
    temporaryWorkspace(async (workspace) => {
      writeFileSync(workspace.path('x'), values.map((value) => `${JSON.stringify(value)}\n`).join(''));
      await objects.upload(workspace.path('x'), key, 'application/jsonl');
    });
  /** The documents that the comparison leaves for a cycle: `due` runs of 200 bytes each, and one that is linked. */
  const compared = async (cycle: number): Promise<void> => {
    const runs = Array.from({ length: due + 1 }, (_, index) => {
      const row = aRow({ run_accession: `ERR${100000 + index}` });
      const { accession, filesHash, fetchKey, files, metadata } = judgeRun(
        { change: 'new', row },
        { rules: [], fileBaseUrl: 'https://ena.example', stage },
      );
      return { accession, filesHash, fetchKey, files, metadata, state: index === due ? 'linked' : 'due' };
    });
    const keys = sourceKeys(sourceId, cycle);
    await upload(keys.included, runs);
    await upload(
      keys.due,
      runs.slice(0, due).map(({ accession, filesHash, files, metadata }) => ({ accession, filesHash, files, metadata })),
    );
    const changes = { new: due + 1, changed: 0, unchanged: 0, returned: 0, missing: 0, withdrawn: 0, unmatched: 0 };
    const states = { complete: 0, claimed: 0, linked: 1, due, failed: 0, excluded: 0, missing: 0, withdrawn: 0 };
    const summary: CycleSummary = { v: 1, sourceId, cycle, known: due + 1, changes, states, excludedByRule: {}, dueBytes: due * 200 };
    await objects.putJson(keys.summary, summary);
  };
  await compared(1);
  const plan = planBatchesHandler({
    withWorkspace: temporaryWorkspace,
    stores,
    objects,
    now: () => new Date(at),
    stage,
    batch: { maxRuns: 2, maxBytes: 1000, maxMinutes: 60, workerDiskGb: { droplet: 80 } },
    poolWorkers: { scheduled: 1, manual: 1 },
    providers: ['slurm', 'droplet'],
    settings: { startDeadlineSeconds: 600 },
    prices: async () => rateOf,
  });
  return { stores, objects, compared, plan, get: async () => (await stores.sources.get(sourceId))! };
}
