import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { newSshKey } from '../../../layers/adapters/bridge/new-ssh-key';
import { revokedKey } from '../../../layers/adapters/bridge/revoked-key';
import { sshGate } from '../../../layers/adapters/bridge/ssh-gate';
import type { SubmitRequest } from '../../../layers/core/wire';
import { say, startSshPeer, type Conduct, type SshPeer } from './ssh-peer';

const TIMES = { connectMs: 1_500, answerMs: 800 };
const REQUEST: SubmitRequest = {
  ...{
    v: 1,
    key: 'trawl-test.study-PRJEB1.1.1.a1.fetch',
    jobId: 'study-PRJEB1.1.1.a1.fetch',
    kind: 'run',
    deadlineEpochSeconds: 2_000_000_000,
  },
  ...{ resources: { cpus: 1, memoryMb: 100, timeMinutes: 5 }, enrolment: null, spec: {} },
};
const DONE = '{"gate":1,"outcome":"done","slurmId":"63","attached":false}\n';

const peers: SshPeer[] = [];
const servers: Server[] = [];
const peer = async (conduct: Conduct): Promise<SshPeer> => {
  const started = await startSshPeer(conduct);
  peers.push(started);
  return started;
};
afterEach(async () => {
  for (const each of peers.splice(0)) await each.close();
  for (const server of servers.splice(0)) server.close();
});

test('the verb is the whole command, the request goes in by standard input, the answer comes back', async () => {
  const heard: string[] = [];
  const { target, privateKey, commands } = await peer((channel, _, __, input) => {
    heard.push(input);
    say(channel, DONE);
  });
  const answer = await sshGate(target, async () => privateKey, TIMES).submit(REQUEST);
  expect(answer).toEqual({ gate: 1, outcome: 'done', slurmId: '63', attached: false });
  expect(commands).toEqual(['submit']);
  expect(heard.map((text) => JSON.parse(text) as unknown)).toEqual([REQUEST]);
});

test.each<{ name: string; conduct: Conduct; detail: RegExp }>([
  { name: 'a connection cut before the answer', conduct: (_, connection) => void connection.end(), detail: /closed/ },
  {
    name: 'a connection cut in the middle of the answer',
    conduct: (channel, connection) => void channel.write(DONE.slice(0, 20), () => connection.end()),
    detail: /./,
  },
  { name: 'an answer that is garbage', conduct: (channel) => say(channel, 'Welcome to the cluster!\n'), detail: /not the gate's/ },
  { name: 'an answer that is empty', conduct: (channel) => say(channel, '', 1), detail: /not the gate's/ },
  { name: 'an answer that lacks its end', conduct: (channel) => say(channel, DONE.trim()), detail: /not the gate's/ },
  { name: 'an answer of another program', conduct: (channel) => say(channel, '{"outcome":"done"}\n'), detail: /not the gate's/ },
  { name: 'an answer that does not come', conduct: () => undefined, detail: /in time/ },
])('$name is unknown: there may be a job', async ({ conduct, detail }) => {
  const { target, privateKey } = await peer(conduct);
  const answer = await sshGate(target, async () => privateKey, TIMES).submit(REQUEST);
  expect(answer).toMatchObject({ outcome: 'unknown', detail: expect.stringMatching(detail) as unknown });
});

describe('what fails before the command was sent is surely not done', () => {
  test('another host key', async () => {
    const { target, privateKey, commands } = await peer((channel) => say(channel, DONE));
    const other = newSshKey('test').public.split(' ').slice(0, 2).join(' ');
    const gate = sshGate({ ...target, hostKey: other }, async () => privateKey, TIMES);
    expect(await gate.submit(REQUEST)).toMatchObject({ outcome: 'failed', reason: 'host-key-changed' });
    expect(await gate.disk()).toMatchObject({ outcome: 'unknown', detail: expect.stringContaining('host-key-changed') as unknown });
    expect(commands).toEqual([]);
  });

  test('a login that is refused', async () => {
    const { target, commands } = await peer((channel) => say(channel, DONE));
    const gate = sshGate(target, async () => newSshKey('test').private, TIMES);
    expect(await gate.submit(REQUEST)).toMatchObject({ outcome: 'failed', reason: 'login-refused' });
    expect(commands).toEqual([]);
  });

  test('a key that is none', async () => {
    const { target } = await peer((channel) => say(channel, DONE));
    expect(await sshGate(target, async () => 'no key', TIMES).submit(REQUEST)).toMatchObject({
      outcome: 'failed',
      reason: 'login-refused',
    });
  });

  test('a key that was revoked: nothing is asked at all', async () => {
    const { target, commands } = await peer((channel) => say(channel, DONE));
    const gate = sshGate({ ...target, port: 9 }, async () => revokedKey(new Date(0)), TIMES);
    expect(await gate.submit(REQUEST)).toMatchObject({ outcome: 'failed', reason: 'key-revoked' });
    expect(await gate.disk()).toMatchObject({
      outcome: 'unknown',
      detail: 'key-revoked: revoked 1970-01-01T00:00:00.000Z: nothing is asked',
    });
    expect(commands).toEqual([]);
  });

  test('a port where nothing listens', async () => {
    const { target, privateKey, close } = await startSshPeer((channel) => say(channel, DONE));
    await close();
    expect(await sshGate(target, async () => privateKey, TIMES).submit(REQUEST)).toMatchObject({
      outcome: 'failed',
      reason: 'unreachable',
    });
  });

  test('a host that accepts and says nothing', async () => {
    const server = createServer(() => undefined);
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const target = { host: '127.0.0.1', port, user: 'trawl', hostKey: 'ssh-ed25519 AAAA' };
    const { private: privateKey } = newSshKey('test');
    expect(await sshGate(target, async () => privateKey, { ...TIMES, connectMs: 300 }).submit(REQUEST)).toMatchObject({
      ...{ outcome: 'failed', reason: 'unreachable' },
    });
  });
});

test('other verbs say unknown where submit says failed', async () => {
  const { target, privateKey, close } = await startSshPeer((channel) => say(channel, DONE));
  await close();
  const gate = sshGate(target, async () => privateKey, TIMES);
  for (const asked of [gate.status([]), gate.disk(), gate.cancel('x', 'y'), gate.tail('x', 'agent', 10), gate.capabilities()]) {
    expect(await asked).toMatchObject({ outcome: 'unknown', detail: expect.stringContaining('unreachable') as unknown });
  }
});
