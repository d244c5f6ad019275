import { dynamoStores } from '../../../layers/adapters/dynamo/stores';
import type { Stores } from '../../../layers/core/ports/stores';
import { createTable, ownEmulator } from '../stores/table';
import { sitesRace } from './suite';

/** A thousand take the emulator a minute and a half. */
const BATCHES = 300;

describe('two sites race for batches in one table', () => {
  let stores: Stores | undefined;
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const own = await ownEmulator('ministack');
    stop = own.stop;
    stores = dynamoStores('race', await createTable(own.emulator, 'race'));
  }, 300_000);
  afterAll(() => stop?.());

  sitesRace(() => {
    if (stores === undefined) throw new Error('the emulator did not start');
    return stores;
  }, BATCHES);
});
