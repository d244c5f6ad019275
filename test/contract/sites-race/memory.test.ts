import { memoryStores } from '../../../layers/adapters/fakes/stores';
import { sitesRace } from './suite';

const stores = memoryStores();
describe('two sites race for a thousand batches in memory', () => sitesRace(() => stores, 1_000));
