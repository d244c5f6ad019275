import { memoryStores } from '../../../layers/adapters/fakes/stores';
import { storesContract } from './suite';

const stores = memoryStores();

describe('stores in memory', () => storesContract(() => stores));
