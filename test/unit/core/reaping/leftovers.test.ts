import { isOver, leftoversOf, type InstallationFacts } from '../../../../layers/core/reaping/leftovers';
import type { ReapReport } from '../../../../layers/core/reaping/records';
import { batch, worker } from '../../../contract/stores/samples';

const NOW = new Date('2026-11-21T10:00:00.000Z');
const report = (with_: Partial<ReapReport> = {}): ReapReport => ({
  ...{ id: 'one', at: '2026-11-21T09:58:00.000Z', marks: [], acted: [], recovered: [], errors: [], leftOut: 0 },
  listed: [
    { place: 'provider/droplet', alive: 0, keys: [] },
    { place: 'jobs', alive: 0, keys: [] },
  ],
  ...with_,
});
const nothing = { count: 0, names: [] };
const facts = (with_: Partial<InstallationFacts> = {}): InstallationFacts => ({
  ...{ installation: 'lab', now: NOW, isDeployed: true, report: report(), workers: [], batches: [] },
  ...{ executions: nothing, rules: nothing, parameters: { count: 1, names: ['/trawl/lab/master'] } },
  bucket: { name: 'lab-bucket', count: 3, bytes: 99 },
  table: { name: 'lab-table', count: 7, bytes: 70 },
  ...with_,
});
const stateOf = (with_: Partial<InstallationFacts>, what: string) => leftoversOf(facts(with_)).find((one) => one.what === what)?.state;

test('where nothing lives it is over, and what is stored is listed with what to do', () => {
  const leftovers = leftoversOf(facts());
  expect(isOver(leftovers)).toBe(true);
  expect(leftovers.filter(({ state }) => state === 'stored').map(({ what, detail }) => [what, detail])).toEqual([
    ['SSM parameters', '1: /trawl/lab/master'],
    ['table', 'lab-table: about 7 items, 70 bytes (DynamoDB counts every six hours)'],
    ['bucket', 'lab-bucket: 3 objects, 99 bytes; earlier versions of the last 90 days come on top'],
  ]);
});

const one = (name: string) => ({ count: 1, names: [name] });
const listed = (alive: number, keys: readonly string[]) => report({ listed: [{ place: 'provider/droplet', alive, keys: [...keys] }] });
const of = (status: 'held' | 'live') => [worker('study-PRJEB1.1.1', 'study:PRJEB1', { status })];

test.each<[string, Partial<InstallationFacts>, string]>([
  ['machines', { report: listed(1, ['lab.x']) }, 'machines at droplet'],
  ['jobs', { report: report({ listed: [{ place: 'jobs', alive: 2, keys: ['lab.a', 'lab.b'] }] }) }, 'jobs on the cluster'],
  ['a hold', { workers: of('held') }, 'workers held'],
  ['a worker', { workers: of('live') }, 'workers alive'],
  ['a batch', { batches: [batch('study:PRJEB1', 1)] }, 'batches open'],
  ['an execution', { executions: one('heartbeat/x') }, 'executions running'],
  ['a schedule', { rules: one('lab-Heartbeat') }, 'schedules'],
])('%s that is alive keeps it from being over, and says what to do', (_, with_, what) => {
  const found = leftoversOf(facts(with_));
  expect(found.find((each) => each.what === what)).toMatchObject({ state: 'alive', todo: expect.any(String) as string });
  expect(isOver(found)).toBe(false);
});

test.each<[string, Partial<InstallationFacts>, string]>([
  [
    'a provider that did not answer',
    { report: report({ listed: [{ place: 'provider/droplet', keys: [], unknown: 'no answer' }] }) },
    'machines at droplet',
  ],
  ['a look that is old', { report: report({ at: '2026-11-21T09:00:00.000Z' }) }, 'machines at droplet'],
  ['a reaper that never looked', { report: undefined }, 'machines and jobs'],
  ['what AWS refuses', { executions: { unknown: 'AccessDenied: no' } }, 'executions running'],
  ['a bucket that cannot be listed', { bucket: { unknown: 'AccessDenied: no' } }, 'bucket'],
])('%s is unknown, and nobody calls it gone', (_, with_, what) => {
  expect(stateOf(with_, what)).toBe('unknown');
  expect(isOver(leftoversOf(facts(with_)))).toBe(false);
});

test('an old look counts where nothing could make anything since: no functions, and no worker', () => {
  const old = report({ at: '2026-11-01T00:00:00.000Z' });
  expect(stateOf({ report: old, isDeployed: false }, 'machines at droplet')).toBe('none');
  expect(stateOf({ report: old, isDeployed: false, workers: of('live') }, 'machines at droplet')).toBe('unknown');
});

test('of many the first are named', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const found = leftoversOf(facts({ executions: { count: 6, names } })).find(({ what }) => what === 'executions running');
  expect(found?.detail).toBe('6: a, b, c, d, e, …');
});
