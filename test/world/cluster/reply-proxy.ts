import { connect, createServer, type Server, type Socket } from 'node:net';

/** Between sbatch and slurmctld: everything passes, but the reply to a held submission is swallowed after slurmctld has acted on it. */
export type ReplyProxy = { readonly swallowed: () => number; readonly close: () => Promise<void> };

/** REQUEST_SUBMIT_BATCH_JOB of slurm_protocol_defs.h, the same in all versions since 2.x. */
const submitBatchJob = 4003;

/** Listens on 127.0.0.1 until closed. The first `count` submissions get no reply and hang until the client gives up. */
export async function startReplyProxy(options: {
  readonly port: number;
  readonly target: { host: string; port: number };
  readonly count: number;
}): Promise<ReplyProxy> {
  const seen = { held: 0, swallowed: 0 };
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(options.target);
    const both = [client, upstream];
    for (const socket of both) {
      sockets.add(socket);
      socket.on('error', () => both.forEach((each) => each.destroy()));
      socket.on('close', () => sockets.delete(socket));
    }
    let holds: boolean | undefined;
    let start = Buffer.alloc(0);
    client.on('data', (chunk) => {
      upstream.write(chunk);
      if (holds !== undefined) return;
      start = Buffer.concat([start, chunk]);
      if (start.length < headerBytes) return;
      holds = isSubmission(start) && seen.held < options.count;
      if (holds) seen.held += 1;
    });
    upstream.once('data', () => {
      if (holds) seen.swallowed += 1;
    });
    upstream.on('data', (chunk) => {
      if (!holds) client.write(chunk);
    });
    upstream.on('end', () => {
      if (!holds) client.end();
    });
    client.on('end', () => upstream.end());
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      sockets.forEach((socket) => socket.destroy());
    });
  return { swallowed: () => seen.swallowed, close };
}

const headerBytes = 12;

/** A message is its length (4 bytes), then version and flags (2 each), then its type; before 22.05 an index stood between flags and type. */
function isSubmission(start: Buffer): boolean {
  return [8, 10].some((offset) => start.readUInt16BE(offset) === submitBatchJob);
}
