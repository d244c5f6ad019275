import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digitalOcean } from '../../layers/adapters/digitalocean/client';
import { dropletProvider } from '../../layers/adapters/digitalocean/provider';
import type { WorkerProvider, WorkerRequest } from '../../layers/core/ports/outside';
import type { Settings } from '../world/digitalocean/control-schema';
import { startDigitalOcean, type DigitalOcean } from '../world/digitalocean/server';
import { waitingWorkers } from './worker-provider-requests';

export const TOKEN = 'dop_v1_a-token-of-this-test';
const scratch = mkdtempSync(join(tmpdir(), 'trawl-droplets-'));
const started: DigitalOcean[] = [];
const PROMPT: Partial<Settings> = {
  ...{ boot: 'none', listLagSeconds: 0, activeAfterSeconds: 0, destroySeconds: 0 },
  ...{ dropletLimit: 1000, requestsPerMinute: 10_000 },
};

/** A stand-in that answers promptly, ended after the file's last test. */
export async function standIn(settings: Partial<Settings> = {}): Promise<DigitalOcean> {
  const stateDir = join(scratch, String(started.length));
  const server = await startDigitalOcean({ stateDir, token: TOKEN, settings: { ...PROMPT, ...settings } });
  started.push(server);
  return server;
}
afterAll(async () => {
  await Promise.all(started.map((server) => server.stop()));
  rmSync(scratch, { recursive: true, force: true });
});

/** As a process that has just started sees the stand-in. */
export const providerOf = ({ url }: DigitalOcean, installation = 'trawl-one'): WorkerProvider =>
  dropletProvider(digitalOcean({ apiUrl: url, token: async () => TOKEN }), {
    ...{ installation, regions: ['fra1', 'ams3'], image: 'ubuntu-24-04-x64', maxDollarsPerHour: 0.3 },
  });
export const requests = (): ((name: string) => WorkerRequest) => {
  const waiting = waitingWorkers();
  return (name) => ({ ...waiting(name), resources: { cpus: 4, memoryMb: 8000, timeMinutes: 10 }, diskGb: 20 });
};

export const namesOf = async (server: DigitalOcean): Promise<readonly string[]> =>
  (await server.control.droplets()).map(({ name }) => name).sort();
