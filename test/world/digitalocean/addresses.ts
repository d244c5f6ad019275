import { once } from 'node:events';
import { createServer } from 'node:net';
import { sleep } from '../aws/processes';

/** An address of this machine that no other droplet has, of any stand-in, until it is released. */
export interface Lease {
  readonly address: string;
  readonly release: () => Promise<void>;
}

/** A socket here says that the address is taken. The kernel lets only one process have it, and frees it however that process ends. */
const LEASE_PORT = 2221;
const FIRST = 2;
const LAST = 254;

let next = FIRST;

async function listen(port: number, address: string): Promise<() => Promise<void>> {
  const server = createServer((socket) => socket.destroy());
  server.listen(port, address);
  await once(server, 'listening');
  return () => new Promise((done) => server.close(() => done()));
}

async function take(address: string, port: number): Promise<Lease> {
  const release = await listen(LEASE_PORT, address);
  const close = await listen(port, address).catch(async (error: unknown) => {
    await release();
    throw error;
  });
  await close();
  return { address, release };
}

/** This one and no other, as soon as whoever had it has let it go. @throws Error when nobody does for half a minute */
export async function leaseAgain(address: string, port: number): Promise<Lease> {
  for (let tries = 0; tries < 300; tries += 1) {
    const lease = await take(address, port).catch(() => undefined);
    if (lease) return lease;
    await sleep(100);
  }
  throw new Error(`${address} is not let go`);
}

/** Takes a free 127.0.1.N at which nothing listens on `port`. Not the lowest one: a reused address with another host key is a case of its own. */
export async function leaseAddress(port: number): Promise<Lease> {
  for (let tries = FIRST; tries <= LAST; tries += 1) {
    const address = `127.0.1.${next}`;
    next = next === LAST ? FIRST : next + 1;
    try {
      return await take(address, port);
    } catch {
      continue; // another stand-in's, or somebody else's
    }
  }
  throw new Error(`no address 127.0.1.${FIRST} to ${LAST} is free`);
}
