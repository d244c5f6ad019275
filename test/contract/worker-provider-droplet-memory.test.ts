import { dropletProvider } from '../../layers/adapters/digitalocean/provider';
import { memoryDigitalOcean, type MemoryDigitalOcean } from '../../layers/adapters/fakes/digitalocean';
import { requests } from './droplet-fixture';
import { workerProviderContract } from './worker-provider';

const providerOf = (client: MemoryDigitalOcean, installation: string) =>
  dropletProvider(client, { installation, regions: ['fra1', 'ams3'], image: 'ubuntu-24-04-x64', maxDollarsPerHour: 0.3 });

workerProviderContract('droplets, over DigitalOcean in memory', async () => {
  const client = memoryDigitalOcean();
  return {
    provider: providerOf(client, 'trawl-one'),
    installation: 'trawl-one',
    neighbour: providerOf(client, 'trawl-two'),
    request: requests(),
    losingAnswer: (work) => {
      client.fail('create', { kind: 'lose-reply' });
      return work();
    },
    unreachable: async (work) => {
      client.unreachable = true;
      return work().finally(() => {
        client.unreachable = false;
      });
    },
  };
});
