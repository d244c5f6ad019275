import type { Stores } from '../../core/ports/stores';
import { memoryBreakers } from './breaker-store';
import { memoryBatches } from './batch-store';
import { memoryClaims, memoryOutcomes } from './claim-stores';
import { memoryJobs } from './job-store';
import { emptyState } from './memory-state';
import { memoryMoney } from './money-store';
import { memoryHome, memoryPaces } from './planner-stores';
import { memoryOperations } from './operation-store';
import { memoryReaps } from './reap-store';
import { memoryEvents, memoryLeases, memoryWaits } from './small-stores';
import { memorySites } from './site-store';
import { memorySources } from './source-store';
import { memoryTokens } from './token-store';
import { memoryWorkers } from './worker-store';
import { memoryWorkflows } from './workflow-store';

/** Every store in memory, with the conditions of the real ones: both pass `test/contract/stores/suite.ts`. Each call is atomic. */
export const memoryStores = (): Stores => {
  const state = emptyState();
  return {
    sources: memorySources(state),
    batches: memoryBatches(state),
    workers: memoryWorkers(state),
    jobs: memoryJobs(state),
    claims: memoryClaims(state),
    outcomes: memoryOutcomes(state),
    events: memoryEvents(state),
    waits: memoryWaits(state),
    tokens: memoryTokens(state),
    leases: memoryLeases(state),
    paces: memoryPaces(state),
    home: memoryHome(state),
    money: memoryMoney(state),
    breakers: memoryBreakers(state),
    operations: memoryOperations(state),
    reaps: memoryReaps(state),
    sites: memorySites(state),
    workflows: memoryWorkflows(state),
  };
};
