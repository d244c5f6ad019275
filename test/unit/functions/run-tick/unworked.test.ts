import { outcome } from '../../../contract/stores/samples';
import { installation, keyOf, run } from './installation';

const SOURCE = 'study:PRJEB1';

test('a batch of which nothing is left to do is not complete while an earlier attempt left out a run for good', async () => {
  const trawl = installation();
  await trawl.addSource(SOURCE, { phase: 'running', cycle: 1, listingCycle: 1, plannedBatches: 1 });
  await trawl.noIncluded(SOURCE);
  const batchId = await trawl.addBatch(SOURCE, 1, [run(1), run(2)], { attempt: 1, completeRuns: 0, excludedRuns: 1 });
  await trawl.stores.outcomes.put([
    outcome(keyOf(run(1)), 'failed', { batchId, reason: 'http-404' }),
    // Adopted from what the laboratory holds, while the batch waited for its second attempt.
    outcome(keyOf(run(2)), 'complete', { batchId: '20261121T080000000-adopted' }),
  ]);
  expect(await trawl.tick()).toMatchObject({ dispatch: { dispatched: 0, linked: 1 } });
  expect(await trawl.stores.batches.get(batchId)).toMatchObject({ status: 'partial', failedRuns: 1 });
});
