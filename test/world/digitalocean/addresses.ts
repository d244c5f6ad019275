import { once } from 'node:events';
import { createServer } from 'node:net';

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

/** Takes a free 127.0.1.N. Not the lowest one: a reused address with another host key is a case of its own. */
export async function leaseAddress(): Promise<Lease> {
  for (let tries = FIRST; tries <= LAST; tries += 1) {
    const address = `127.0.1.${next}`;
    next = next === LAST ? FIRST : next + 1;
    const server = createServer((socket) => socket.destroy());
    try {
      server.listen(LEASE_PORT, address);
      await once(server, 'listening');
    } catch {
      continue; // another stand-in's
    }
    return { address, release: () => new Promise((done) => server.close(() => done())) };
  }
  throw new Error(`no address 127.0.1.${FIRST} to ${LAST} is free`);
}
