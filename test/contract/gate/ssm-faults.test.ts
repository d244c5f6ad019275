import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { SubmitRequest } from '../../../layers/core/wire';
import type { SsmStandIn } from '../../world/ssm/server';
import { startSsmWorld, type SsmWorld } from './ssm-world';

const TIMES = { callMs: 5_000, answerMs: 4_000, firstLookMs: 20, longestPauseMs: 100 };
const QUICK = { ...TIMES, answerMs: 1_500 };
const REQUEST: SubmitRequest = {
  ...{ v: 1, key: 'trawl-test.study-PRJEB1.1.1.a1.fetch', jobId: 'study-PRJEB1.1.1.a1.fetch', kind: 'run' },
  ...{ deadlineEpochSeconds: 2_000_000_000, resources: { cpus: 1, memoryMb: 100, timeMinutes: 5 }, enrolment: null, spec: {} },
};
const DONE = { gate: 1, outcome: 'done', slurmId: '63', attached: false };

const root = mkdtempSync(join(tmpdir(), 'trawl-ssm-'));
const ran = join(root, 'ran');
let world: SsmWorld;

/** A gate that notes that it ran, and does this. */
function gateDoes(script: string): void {
  writeFileSync(join(root, 'kit', 'gate.py'), `#!/bin/sh\nid -un >> ${ran}\n${script}\n`);
  chmodSync(join(root, 'kit', 'gate.py'), 0o755);
}

beforeAll(async () => {
  mkdirSync(join(root, 'kit'));
  world = await startSsmWorld({ user: userInfo().username, root });
}, 120_000);
beforeEach(() => {
  rmSync(ran, { force: true });
  world.ssm.clear();
  gateDoes(`cat >/dev/null; echo '${JSON.stringify(DONE)}'`);
});
afterAll(async () => {
  await world.ssm.idle();
  await world.stop();
  rmSync(root, { recursive: true, force: true });
});

type Told = Parameters<SsmStandIn['fail']>[0];

test('one command a call, as the account that owns the root; the request stands in no argument list', async () => {
  gateDoes(
    `cat >/dev/null; tr '\\0' ' ' < /proc/$$/cmdline > ${join(root, 'argv')}; env > ${join(root, 'env')}; echo '${JSON.stringify(DONE)}'`,
  );
  const before = world.ssm.sent.length;
  expect(await world.gate(TIMES).submit(REQUEST)).toEqual(DONE);
  expect(world.ssm.sent.slice(before)).toEqual(['trawl submit']);
  expect(readFileSync(ran, 'utf8').trim()).toBe(userInfo().username);
  expect(readFileSync(join(root, 'argv'), 'utf8').trim()).toMatch(new RegExp(`gate.py --root ${root} --ssm$`));
  expect(readFileSync(join(root, 'env'), 'utf8')).not.toContain('AWS_');
});

test('a token stands in no parameter, and the link that leads to it is dead once the command has ended', async () => {
  const token = 'token-that-nobody-may-read';
  gateDoes(`cat > ${join(root, 'given')}; echo '${JSON.stringify(DONE)}'`);
  expect(await world.gate(TIMES).submit({ ...REQUEST, enrolment: { url: 'http://127.0.0.1:9', token } })).toEqual(DONE);
  const given = readFileSync(join(root, 'given'), 'utf8');
  expect(world.ssm.parameters.at(-1)?.['Request']).toEqual([given]);
  const envelope = inflateSync(Buffer.from(given, 'base64')).toString();
  expect(envelope).not.toContain(token);
  const { requestFrom } = JSON.parse(envelope) as { requestFrom: { url: string } };
  expect((await fetch(requestFrom.url)).status).toBe(404);
});

test.each<Told>([
  { at: 'send', what: 'InvalidInstanceId' },
  { at: 'send', what: 'ThrottlingException' },
  { at: 'node', what: 'undeliverable' },
  { at: 'node', what: 'delivery-timed-out' },
  { at: 'node', what: 'terminated' },
])('$what: nothing ran, and later it may', async (fault) => {
  world.ssm.fail(fault);
  expect(await world.gate(TIMES).submit(REQUEST)).toMatchObject({ outcome: 'failed', reason: 'unreachable' });
  await world.ssm.idle();
  expect(existsSync(ran)).toBe(false);
});

describe('nothing ran, and a person must mend it', () => {
  const refused = { outcome: 'failed', reason: 'login-refused' };
  test('access denied', async () => {
    world.ssm.fail({ at: 'send', what: 'AccessDeniedException' });
    expect(await world.gate(TIMES).submit(REQUEST)).toMatchObject(refused);
  });
  test('a document that does not exist', async () => {
    expect(await world.elsewhere({ document: 'trawl-other' }).submit(REQUEST)).toMatchObject(refused);
  });
  test('no gate on the node', async () => {
    rmSync(join(root, 'kit', 'gate.py'));
    expect(await world.gate(TIMES).submit(REQUEST)).toMatchObject(refused);
  });
  test('a node that is not managed can be reached later', async () => {
    expect(await world.elsewhere({ node: 'mi-00000000000000000' }).submit(REQUEST)).toMatchObject({
      outcome: 'failed',
      reason: 'unreachable',
    });
  });
});

test.each<Told>([
  { at: 'sent', what: 'reply-lost' },
  { at: 'sent', what: 'error-after' },
  { at: 'node', what: 'execution-timed-out' },
  { at: 'node', what: 'cancelled' },
  { at: 'node', what: 'output-cut' },
  { at: 'node', what: 'never-ends' },
])('$what: there may be a job, and nothing is sent again', async (fault) => {
  const before = world.ssm.sent.length;
  world.ssm.fail(fault);
  expect(await world.gate(QUICK).submit(REQUEST)).toMatchObject({ outcome: 'unknown' });
  await world.ssm.idle();
  expect(readFileSync(ran, 'utf8').trim().split('\n')).toHaveLength(1);
  expect(world.ssm.sent.slice(before)).toHaveLength(1);
});

test('a gate that dies is unknown, whatever it printed before', async () => {
  gateDoes('cat >/dev/null; echo "Traceback"; exit 1');
  expect(await world.gate(TIMES).submit(REQUEST)).toMatchObject({
    outcome: 'unknown',
    detail: expect.stringContaining('exit 1') as string,
  });
});

test('an answer of another program is unknown', async () => {
  gateDoes('cat >/dev/null; echo "Welcome to the cluster!"');
  expect(await world.gate(TIMES).disk()).toMatchObject({ outcome: 'unknown', detail: expect.stringContaining('not the gate') as string });
});

test('looks that fail are repeated, past an invocation that is not known yet, throttling and errors', async () => {
  world.ssm.fail({ at: 'look', what: 'InvocationDoesNotExist', times: 4 });
  world.ssm.fail({ at: 'look', what: 'ThrottlingException', times: 2 });
  world.ssm.fail({ at: 'look', what: 'InternalServerError', times: 2 });
  expect(await world.gate(TIMES).submit(REQUEST)).toEqual(DONE);
});

test('a command that is never known again is unknown', async () => {
  world.ssm.fail({ at: 'look', what: 'InvocationDoesNotExist', times: 1_000 });
  const detail = expect.stringContaining('InvocationDoesNotExist') as string;
  expect(await world.gate(QUICK).submit(REQUEST)).toMatchObject({ outcome: 'unknown', detail });
});

test('an answer that is said to be stored, and is not there, is unknown', async () => {
  gateDoes(`cat >/dev/null; echo '{"gate": 1, "stored": {"sha256": "${'0'.repeat(64)}", "bytes": 9}}'`);
  expect(await world.gate(TIMES).disk()).toMatchObject({
    outcome: 'unknown',
    detail: expect.stringContaining('could not be read') as string,
  });
});
