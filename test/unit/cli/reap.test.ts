import type { ReapReport } from '../../../layers/core/reaping/records';
import { containing } from '../matchers';
import { installationForEach, trawl } from './installation';

const AT = '2026-11-21T10:00:00.000Z';
const installation = installationForEach();

const MARK = { place: 'provider/droplet', since: AT, looks: 2, detail: 'web-1' };
const REPORT: ReapReport = {
  ...{ id: 'tick-1', at: AT, leftOut: 4, recovered: ['worker/w'], errors: [{ subject: 'jobs', error: 'the bridge is away' }] },
  listed: [
    { place: 'provider/droplet', alive: 2, keys: ['a', 'b'] },
    { place: 'jobs', keys: [], unknown: 'the bridge is away' },
  ],
  marks: [
    { ...MARK, subject: 'machine/droplet/99', kind: 'foreign-machine' },
    { ...MARK, subject: 'machine/droplet/98', kind: 'orphan-machine', result: 'destroy asked' },
    { ...MARK, subject: 'machine/droplet/97', kind: 'orphan-machine', keptBy: 'tag' },
  ],
  acted: [{ subject: 'machine/droplet/98', kind: 'orphan-machine', act: 'destroy', result: 'destroy asked' }],
};
const reports = (more: Partial<ReapReport> = {}) => installation().api.stores.reaps.putReport({ ...REPORT, ...more });

test('list says what there was, what is suspect, what is done about it and what was done', async () => {
  expect(await trawl('reap', 'list')).toMatchObject({ code: 0, stdout: containing('has not looked yet') });
  await reports();
  const { code, stdout } = await trawl('reap', 'list');
  expect(code).toBe(0);
  for (const part of [
    'provider/droplet: 2 alive',
    'jobs: did not answer: the bridge is away',
    'ask-person',
    'destroy: destroy asked',
    'kept (tag)',
    'and 4 more',
    'done: destroy machine/droplet/98: destroy asked',
    'recovered: worker/w',
    'failed: jobs: the bridge is away',
  ])
    expect(stdout).toContain(part);
  expect(JSON.parse((await trawl('reap', 'list', '--json')).stdout)).toEqual({ report: REPORT, keeps: [], events: [] });
});

test('status tells what of it concerns a person', async () => {
  await reports();
  const { stdout } = await trawl('status');
  expect(stdout).toContain('machine/droplet/99: foreign-machine: web-1');
  expect(stdout).not.toContain('Nothing needs a person');
});

test('now starts a look and says under which name; with --wait it shows the report of that look alone', async () => {
  await reports();
  const { stdout } = await trawl('reap', 'now', '--json');
  const { id } = JSON.parse(stdout) as { id: string };
  expect(installation().api.machines.started).toMatchObject([{ machine: 'reap-workers', name: id }]);
  const start = installation().api.machines.start.bind(installation().api.machines);
  jest.spyOn(installation().api.machines, 'start').mockImplementation(async (machine, name, input) => {
    await reports({ id: name, marks: [], leftOut: 0 });
    return start(machine, name, input);
  });
  const waited = await trawl('reap', 'now', '--wait');
  expect(waited).toMatchObject({ code: 0, stdout: containing('Nothing is suspect.') });
  expect(waited.stdout).not.toContain('tick-1');
});

test('now --wait shows what another cycle found that held the lease, and does not wait for one that never reports', async () => {
  await reports();
  const start = installation().api.machines.start.bind(installation().api.machines);
  jest.spyOn(installation().api.machines, 'start').mockImplementation(async (machine, name, input) => {
    await reports({ id: 'the-other', marks: [], leftOut: 0 });
    return start(machine, name, input);
  });
  const { code, stdout } = await trawl('reap', 'now', '--wait');
  expect(code).toBe(0);
  expect(stdout).toContain('met a cycle that was looking already');
  expect(stdout).toContain('(the-other)');
});

test('keep and release say what they are about', async () => {
  await reports();
  expect(await trawl('reap', 'keep', '99', '--reason', 'ours')).toMatchObject({ code: 0, stdout: containing('machine/droplet/99') });
  expect((await trawl('reap', 'list')).stdout).toContain('trawl reap release');
  expect(await trawl('reap', 'keep', 'other')).toMatchObject({ code: 0, stdout: containing('nothing of that name is suspect now') });
  expect(await trawl('reap', 'release', '99')).toMatchObject({ code: 0, stdout: containing('no longer kept') });
  expect(await trawl('reap', 'release', '99')).toMatchObject({
    code: 1,
    stderr: containing('nothing is kept under the name 99 (404)\n  → see "trawl reap list"'),
  });
});

test('a name that is none is told before anything is sent, and a viewer is told what is needed', async () => {
  for (const verb of ['keep', 'release']) expect(await trawl('reap', verb, 'a b')).toMatchObject({ code: 2, stderr: containing('"a b"') });
  expect(installation().requests).toEqual([]);
  process.env['TRAWL_TOKEN'] = 'viewer-token';
  expect(await trawl('reap', 'keep', '99')).toMatchObject({ code: 4, stderr: containing('an operator token is needed') });
});
