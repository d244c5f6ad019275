import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Server, utils, type Connection, type ServerChannel } from 'ssh2';
import { newSshKey } from '../../../layers/adapters/bridge/new-ssh-key';
import type { SshTarget } from '../../../layers/adapters/bridge/ssh-round-trip';

/** What the peer does with one command. */
export type Conduct = (channel: ServerChannel, connection: Connection, command: string, input: string) => void;

export interface SshPeer {
  readonly target: SshTarget;
  /** The key that is let in. */
  readonly privateKey: string;
  readonly commands: readonly string[];
  close(): Promise<void>;
}

/** An SSH server on a loopback port of its own, which lets one key in and conducts itself as it is told. */
export async function startSshPeer(conduct: Conduct): Promise<SshPeer> {
  const [host, client] = [newSshKey('test'), newSshKey('test')];
  const allowed = utils.parseKey(client.public);
  if (allowed instanceof Error) throw allowed;
  const commands: string[] = [];
  const connections = new Set<Connection>();
  const server = new Server({ hostKeys: [host.private] }, (connection) => {
    connections.add(connection);
    connection.on('error', () => undefined);
    connection.on('authentication', (attempt) => {
      const lets = attempt.method === 'publickey' && attempt.key.data.equals(allowed.getPublicSSH());
      if (lets) attempt.accept();
      else attempt.reject(['publickey']);
    });
    connection.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        commands.push(command);
        const channel = acceptExec();
        const input: Buffer[] = [];
        channel.on('data', (chunk: Buffer) => input.push(chunk));
        channel.on('end', () => conduct(channel, connection, command, Buffer.concat(input).toString()));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    target: { host: '127.0.0.1', port, user: 'trawl', hostKey: host.public.split(' ').slice(0, 2).join(' ') },
    privateKey: client.private,
    commands,
    close: async () => {
      for (const connection of connections) connection.end();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Writes a text and ends as a program that ran to its end. */
export const say = (channel: ServerChannel, text: string, code = 0): void => {
  channel.write(text);
  channel.exit(code);
  channel.end();
};
