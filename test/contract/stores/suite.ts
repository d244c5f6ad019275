import type { Stores } from '../../../layers/core/ports/stores';
import { batchesKeepTheirOrder } from './batches';
import { claimsAreHeldOnce } from './claims';
import { jobsAreHeardOnce } from './jobs';
import { moneyStaysWithinBudget } from './money';
import { plannerStoresKeepTheirWord } from './planner';
import { operationsAreListedByAge } from './operations';
import { sitesKeepTheirWord } from './sites';
import { smallStoresKeepTheirWord } from './small';
import { sourcesAreGuarded } from './sources';
import { tokensAreNamedOnce } from './tokens';
import { workersStayWithinCaps } from './workers';
import { workflowsAreForGood } from './workflows';

/** What every implementation of the stores must do; the tests share one installation and keep apart by their source. */
export const storesContract = (stores: () => Stores): void => {
  describe('sources', () => sourcesAreGuarded(stores));
  describe('batches', () => batchesKeepTheirOrder(stores));
  describe('workers', () => workersStayWithinCaps(stores));
  describe('money', () => moneyStaysWithinBudget(stores));
  describe('jobs', () => jobsAreHeardOnce(stores));
  describe('claims and outcomes', () => claimsAreHeldOnce(stores));
  describe('paces and home', () => plannerStoresKeepTheirWord(stores));
  describe('operations', () => operationsAreListedByAge(stores));
  describe('sites', () => sitesKeepTheirWord(stores));
  describe('workflows', () => workflowsAreForGood(stores));
  describe('tokens', () => tokensAreNamedOnce(stores));
  describe('events, waits and leases', () => smallStoresKeepTheirWord(stores));
};
