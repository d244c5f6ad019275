import { dynamoStores } from '../../../layers/adapters/dynamo/stores';
import type { Stores } from '../../../layers/core/ports/stores';
import { storesContract } from './suite';
import { createTable, ownEmulator } from './table';

/** Time-out for installing and starting an emulator. */
const START_TIMEOUT_MS = 300_000;

describe.each(['ministack', 'localstack'] as const)('stores in the table on %s', (kind) => {
  let stores: Stores | undefined;
  let stop: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const own = await ownEmulator(kind);
    stop = own.stop;
    stores = dynamoStores('trawl', await createTable(own.emulator, 'trawl'));
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await stop?.();
  });

  storesContract(() => {
    if (stores === undefined) throw new Error('the emulator did not start');
    return stores;
  });
});
