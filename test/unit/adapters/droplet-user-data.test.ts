import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { userDataOf } from '../../../layers/adapters/digitalocean/user-data';
import { ensureSystemPackages } from '../../world/system/ensure';

const JOB = 'study-PRJEB1.1.1.a1.fetch';
const TOKEN = 'a token\'s "text" with $HOME and `ls`';
const SPEC = { v: 1, kind: 'run', spec: { stage: 'fetch' } };

/** An agent that writes how it was called and what it finds. */
const AGENT = `import json, os, sys
job = sys.argv[3]
seen = {"argv": sys.argv[1:], "leads": os.getsid(0) == os.getpid(), "spec": json.load(open(job + "/spec.json"))}
print("agent runs", flush=True)
open(job + "/seen.new", "w").write(json.dumps(seen))
os.rename(job + "/seen.new", job + "/seen.json")
`;

interface Told {
  readonly status: number;
  readonly body?: string | Buffer;
}
type Answers = (path: string, count: number) => Told;

const scratch = mkdtempSync(join(tmpdir(), 'trawl-user-data-'));
const servers: Server[] = [];
let roots = 0;
let kit: Buffer;

beforeAll(async () => {
  await ensureSystemPackages(['shellcheck', 'python3']);
  const folder = join(scratch, 'kit');
  mkdirSync(folder);
  writeFileSync(join(folder, 'agent.py'), AGENT);
  writeFileSync(join(folder, 'worker.json'), '{}');
  execFileSync('tar', ['-cf', join(scratch, 'kit.tar'), '-C', folder, '.']);
  kit = readFileSync(join(scratch, 'kit.tar'));
}, 120_000);
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function control(answers: (url: string) => Answers) {
  const asked: { readonly path: string; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      asked.push({ path, body: Buffer.concat(chunks).toString() });
      const { status, body = '' } = answers(url)(path, asked.filter((one) => one.path === path).length);
      response.writeHead(status).end(body);
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked };
}

const links = (url: string, promised: object = {}): string =>
  JSON.stringify({
    ...{ v: 1, key: 'the-attempt-key', attempt: 1, order: 'run' },
    links: {
      kit: { url: `${url}/kit`, sha256: createHash('sha256').update(kit).digest('hex'), bytes: kit.length, ...promised },
      spec: { url: `${url}/spec` },
    },
  });
/** Everything goes well, but for what is given. */
const well =
  (given: (url: string, path: string, count: number) => Told | undefined = () => undefined) =>
  (url: string): Answers =>
  (path, count) => {
    const all: Readonly<Record<string, Told>> = {
      '/callbacks/enrol': { status: 200, body: links(url) },
      '/kit': { status: 200, body: kit },
      '/spec': { status: 200, body: JSON.stringify(SPEC) },
    };
    return given(url, path, count) ?? all[path] ?? { status: 404 };
  };

async function boot(url: string, root = join(scratch, `root ${++roots}`)) {
  const script = join(scratch, `user-data-${roots}`);
  const places = { root, agentLog: join(scratch, `agent-${roots}.log`) };
  writeFileSync(script, userDataOf({ enrolUrl: `${url}/callbacks/enrol`, jobId: JOB, token: TOKEN }, places));
  const { exitCode, stderr } = await execa('sh', [script], { reject: false, env: { PATH: process.env['PATH'] ?? '' } });
  return { exitCode, stderr, root, job: join(root, 'jobs', JOB), agentLog: places.agentLog };
}

/** The agent goes on by itself when the script has ended. */
async function agentIn(job: string): Promise<unknown> {
  const path = join(job, 'seen.json');
  const watcher = watch(job);
  try {
    while (!existsSync(path)) await Promise.race([once(watcher, 'change'), new Promise((resolve) => setTimeout(resolve, 500))]);
    return JSON.parse(readFileSync(path, 'utf8'));
  } finally {
    watcher.close();
  }
}
/** Of every process, as any user of the machine sees them. */
const commandLines = (): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')];
      } catch {
        return []; // it has ended
      }
    });
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const paths = (asked: readonly { readonly path: string }[]): readonly string[] => asked.map(({ path }) => path);

test('it is a small script that the shell and its critic take', () => {
  const text = userDataOf({ enrolUrl: 'https://api.example.org/callbacks/enrol', jobId: JOB, token: TOKEN });
  expect(Buffer.byteLength(text)).toBeLessThan(16 * 1024);
  expect(text.startsWith('#!/bin/sh\n')).toBe(true);
  expect(spawnSync('shellcheck', ['-'], { input: text, encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '' });
});

test('it enrols, fetches kit and job, and starts the agent in a session of its own', async () => {
  const shown: string[] = [];
  const look = (path: string): undefined => {
    if (path === '/callbacks/enrol') shown.push(...commandLines());
  };
  const { url, asked } = await control(well((_, path) => look(path)));
  const { exitCode, root, job, agentLog } = await boot(url);
  expect(exitCode).toBe(0);
  expect(shown.filter((line) => line.includes(TOKEN))).toEqual([]);
  expect(shown.filter((line) => line.includes(root))).not.toEqual([]);
  expect(await agentIn(job)).toEqual({
    argv: ['run', '--job-dir', job, '--config', join(root, 'kit', 'worker.json')],
    leads: true,
    spec: SPEC,
  });
  const nonce = readFileSync(join(job, 'nonce'), 'utf8').trim();
  expect(nonce).toMatch(/^[0-9a-f]{32}$/);
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ v: 1, jobId: JOB, token: TOKEN, nonce });
  // What the gate writes on a cluster: the agent enrols with it as the same party.
  expect(JSON.parse(readFileSync(join(job, 'enrolment.json'), 'utf8'))).toEqual({ url: `${url}/callbacks/enrol`, token: TOKEN });
  for (const name of ['enrolment.json', 'nonce', 'spec.json']) expect(modeOf(join(job, name))).toBe('600');
  for (const name of ['', 'staging', 'work', 'jobs']) expect(modeOf(join(root, name))).toBe('700');
  expect(readFileSync(agentLog, 'utf8')).toBe('agent runs\n');
});

test('run again, it is the same party', async () => {
  const { url, asked } = await control(well());
  const { root, job } = await boot(url);
  await agentIn(job);
  expect((await boot(url, root)).exitCode).toBe(0);
  const nonces = asked.filter(({ path }) => path === '/callbacks/enrol').map(({ body }) => (JSON.parse(body) as { nonce: string }).nonce);
  expect(nonces).toEqual([nonces[0], nonces[0]]);
});

test('a refused enrolment ends it; nothing is started', async () => {
  const { url, asked } = await control(well((_, path) => (path === '/callbacks/enrol' ? { status: 403 } : undefined)));
  const { exitCode, root } = await boot(url);
  expect(exitCode).toBe(3);
  expect(paths(asked)).toEqual(['/callbacks/enrol']);
  expect(existsSync(join(root, 'kit'))).toBe(false);
});

test.each([
  ['the API is down', (_: string, path: string) => (path === '/callbacks/enrol' ? { status: 503 } : undefined)],
  ['the link to the kit has died', (_: string, path: string) => (path === '/kit' ? { status: 403 } : undefined)],
  ['the link to the job has died', (_: string, path: string) => (path === '/spec' ? { status: 403 } : undefined)],
  ['the kit comes damaged', (_: string, path: string) => (path === '/kit' ? { status: 200, body: Buffer.alloc(kit.length) } : undefined)],
])('when %s, it asks for fresh links and goes on', async (_, trouble) => {
  const { url, asked } = await control(well((address, path, count) => (count === 1 ? trouble(address, path) : undefined)));
  const { exitCode, stderr, job } = await boot(url);
  expect(exitCode).toBe(0);
  expect(await agentIn(job)).toMatchObject({ spec: SPEC });
  expect(paths(asked).filter((path) => path === '/callbacks/enrol')).toHaveLength(2);
  expect(stderr).not.toContain(TOKEN);
  expect(stderr).not.toContain('the-attempt-key');
});
