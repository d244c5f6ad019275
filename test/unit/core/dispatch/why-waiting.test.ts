import { waitsFor, type Standing } from '../../../../layers/core/dispatch/why-waiting';
import { batch as anyBatch, source as anySource } from '../../../contract/stores/samples';

const now = new Date('2026-11-21T08:30:00.000Z');
const home = { freeBytes: 500e9, totalBytes: 1e12, path: '/data', measuredAt: '2026-11-21T08:29:30.000Z' };
const caps = {
  ...{ total: 3, pools: { scheduled: 2, manual: 1 }, providers: { slurm: 3, droplet: 1 } },
  ...{ homeFreeBytesMin: 100e9, homeFactor: 1, cyclesAtOnce: 1 },
};
const budget = { dollarsPerDay: 10, dollarsPerMonth: 100, timeZone: 'UTC' };
const committed = { dayDollars: 4, monthDollars: 40, reservedDollars: 3.5 };
const used = (scope: string, workers: number, bytes = 0) => ({ scope, workers, bytes });
const batch = anyBatch('study:PRJEB1', 1, { bytes: 50e9 });
const source = anySource('study:PRJEB1', { listingCycle: 1 });

test.each<{ name: string; batch?: object; source?: object; standing?: Partial<Standing>; code: string | undefined; text?: RegExp }>([
  { name: 'nothing: it goes with the next heartbeat', code: undefined },
  { name: 'a person', source: { paused: true }, code: 'paused', text: /until a person resumes it/ },
  { name: 'the pause after a failure', batch: { notBefore: '2026-11-21T09:00:00.000Z' }, code: 'backing-off' },
  { name: 'a first measurement', standing: { home: undefined }, code: 'cap:home-unknown', text: /not measured yet/ },
  {
    name: 'a measurement of now',
    standing: { home: { ...home, measuredAt: '2026-11-21T08:00:00.000Z' } },
    code: 'cap:home-unknown',
    text: /last measured at 2026-11-21T08:00/,
  },
  {
    name: 'a place among all',
    standing: { counters: [used('total', 3)] },
    code: 'cap:total',
    text: /all places of total are taken: 3 of 3/,
  },
  { name: 'a place in its pool', standing: { counters: [used('pool/scheduled', 2)] }, code: 'cap:pool/scheduled' },
  {
    name: 'space at home, in figures',
    standing: { counters: [used('home', 7, 351e9)] },
    code: 'cap:home',
    text: /no room at home: it needs 50 GB; 500 GB are free \(at .*\), 100 GB stay free, 351 GB are promised to batches under way/,
  },
  {
    name: 'no more than the other provider',
    batch: { providers: ['slurm', 'droplet'] },
    standing: { counters: [used('provider/slurm', 3)] },
    code: undefined,
  },
  {
    name: 'a place of its source',
    standing: { caps: { ...caps, perSource: 1 }, counters: [used('source/study:PRJEB1', 1)] },
    code: 'cap:source/study:PRJEB1',
    text: /all places of source study:PRJEB1 are taken: 1 of 1/,
  },
  {
    name: 'places for its tasks, in figures',
    batch: { hasTasks: true },
    standing: { caps: { ...caps, tasks: { queueSize: 50, atOnce: 120 } }, counters: [used('tasks', 100)] },
    code: 'cap:tasks',
    text: /no room for its tasks on the cluster: it takes 50 places in the queue, 100 of 120 are taken/,
  },
  {
    name: 'money, in figures',
    batch: { needs: { provider: 'droplet', dollars: 2.6, at: '2026-11-21T08:00:00.000Z' } },
    code: 'budget:day',
    text: /it may cost \$2\.60; of \$10\.00 a day, \$4\.00 are spent and \$3\.50 reserved/,
  },
  { name: 'its parents', standing: { hasOpenParents: () => true }, code: 'parents', text: /what other batches bring home/ },
  {
    name: 'nothing once money is freed',
    batch: { needs: { provider: 'droplet', dollars: 2.5, at: '2026-11-21T08:00:00.000Z' } },
    code: undefined,
  },
])('a planned batch waits for $name', ({ batch: some = {}, source: more = {}, standing = {}, code, text = /./ }) => {
  const base: Standing = { now, caps, counters: [], home, budget, committed, hasOpenParents: () => false };
  const waits = waitsFor({ ...batch, ...some }, { ...source, ...more }, { ...base, ...standing });
  expect(waits?.code).toBe(code);
  if (code !== undefined) expect(waits?.text).toMatch(text);
});
