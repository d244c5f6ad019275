import { capsFor, dispatchOrder, fullCap, isForPerson, waitingReasons } from '../../../../layers/core/dispatch/eligibility';
import type { Batch, Source } from '../../../../layers/core/entities';
import { batch as anyBatch, source as anySource } from '../../../contract/stores/samples';

const SOURCE = 'study:PRJEB1';
const NOW = new Date('2026-11-21T08:30:00.000Z');
const AT = '2026-11-21T08:00:00.000Z';

interface Case {
  readonly name: string;
  readonly batch?: Partial<Batch>;
  readonly source?: Partial<Source>;
  readonly expected: readonly string[];
}
const cases: readonly Case[] = [
  { name: 'a planned batch of the committed plan may go', expected: [] },
  { name: 'a plan that the pointer has not reached is not committed', batch: { cycle: 2 }, expected: ['plan-not-committed'] },
  { name: 'a batch of an older cycle may go', source: { listingCycle: 5 }, expected: [] },
  { name: 'priority 0 holds it', source: { priority: 0 }, expected: ['priority'] },
  { name: 'a stopped source holds it', source: { priority: -1 }, expected: ['priority'] },
  { name: 'the lowest priority lets it go', source: { priority: 1 }, expected: [] },
  { name: 'a pause holds it', source: { paused: true }, expected: ['paused'] },
  { name: 'attention holds it', source: { needsAttention: { reason: 'x', detail: 'x', step: 'x', at: AT } }, expected: ['attention'] },
  { name: 'a plan that waits for approval waits', source: { approval: 'waiting' }, expected: ['approval'] },
  { name: 'an older batch goes while a newer plan waits for approval', source: { approval: 'waiting', listingCycle: 2 }, expected: [] },
  { name: 'an approved plan goes', source: { approval: 'approved' }, expected: [] },
  { name: 'a retry waits for its time', batch: { notBefore: '2026-11-21T08:30:00.001Z' }, expected: ['backing-off'] },
  { name: 'a retry whose time has come goes', batch: { notBefore: '2026-11-21T08:30:00.000Z' }, expected: [] },
  { name: 'used up attempts hold it', batch: { attempt: 3 }, expected: ['attempts-used-up'] },
  { name: 'a cancelled one does not go', batch: { cancelRequested: true }, expected: ['cancel-requested'] },
  { name: 'one that is dispatched already does not go', batch: { status: 'dispatched' }, expected: ['not-planned'] },
  { name: 'one that no provider here may run waits', batch: { providers: ['droplet'] }, expected: ['no-provider'] },
  {
    name: 'every reason is named',
    source: { paused: true, approval: 'waiting' },
    batch: { cancelRequested: true },
    expected: ['paused', 'approval', 'cancel-requested'],
  },
];

test.each(cases)('$name', ({ batch, source, expected }) => {
  const of = anySource(SOURCE, { listingCycle: 1, ...source });
  expect(waitingReasons(anyBatch(SOURCE, 1, batch), of, NOW, ['slurm'])).toEqual(expected);
});

test('a child batch waits for its parents, which is no waiting for a place', () => {
  const child = anyBatch(SOURCE, 2, { parents: ['study-PRJEB1.1.1'] });
  expect(waitingReasons(child, anySource(SOURCE, { listingCycle: 1 }), NOW, ['slurm'], true)).toEqual(['parents']);
  expect(isForPerson('parents')).toBe(true);
});

test('a batch whose source was removed waits', () => {
  expect(waitingReasons(anyBatch(SOURCE, 1), undefined, NOW, ['slurm'])).toEqual(['source-missing']);
});

test('priority goes first, then what finishes before it starts anew', () => {
  const later = '2026-11-21T08:10:00.000Z';
  const wanted = [
    anyBatch('study:PRJEB2', 1, { priority: 5, cycle: 9, createdAt: later }),
    anyBatch('study:PRJEB3', 2, { attempt: 1, cycle: 3 }),
    anyBatch('study:PRJEB5', 1, { cycle: 2, createdAt: AT }),
    anyBatch('study:PRJEB5', 2, { cycle: 2, createdAt: AT }),
    anyBatch('study:PRJEB4', 1, { cycle: 1, createdAt: later }),
    anyBatch('study:PRJEB6', 1, { cycle: 2, createdAt: later }),
  ];
  expect([...wanted].reverse().sort(dispatchOrder)).toEqual(wanted);
});

describe('caps', () => {
  const caps = {
    total: 3,
    pools: { scheduled: 2, manual: 1 },
    providers: { slurm: 3 },
    homeFreeBytesMin: 1_000,
    homeFactor: 1,
    cyclesAtOnce: 1,
  };
  const counter = (scope: string, workers: number, bytes = 0) => ({ scope, workers, bytes });

  test.each([
    { name: 'nothing counted yet leaves room', counters: [], expected: undefined },
    { name: 'the total is full', counters: [counter('total', 3)], expected: 'total' },
    { name: 'the pool is full', counters: [counter('total', 2), counter('pool/scheduled', 2)], expected: 'pool/scheduled' },
    { name: 'another pool being full does not matter', counters: [counter('pool/manual', 1)], expected: undefined },
    { name: 'the provider is full', counters: [counter('provider/slurm', 3)], expected: 'provider/slurm' },
    { name: 'the space at home is spoken for', counters: [counter('home', 1, 701)], expected: 'home' },
    { name: 'the space at home is just enough', counters: [counter('home', 1, 700)], expected: undefined },
  ])('$name', ({ counters, expected }) => {
    expect(fullCap(capsFor(caps, { pool: 'scheduled', sourceId: SOURCE }, 'slurm', 2_000), counters, 300)).toBe(expected);
  });

  test.each([
    { name: 'one that fits beside those that live', counted: 10, atOnce: 15, expected: undefined },
    { name: 'one that would pass the cap by one', counted: 11, atOnce: 15, expected: 'tasks' },
    { name: 'any number where there is no cap', counted: 1_000_000, atOnce: undefined, expected: undefined },
  ])('places for tasks: $name', ({ counted, atOnce, expected }) => {
    const ofTasks = { ...caps, tasks: { queueSize: 5, atOnce } };
    const batch = { pool: 'scheduled', sourceId: SOURCE } as const;
    expect(fullCap(capsFor(ofTasks, { ...batch, hasTasks: true }, 'slurm', 2_000), [counter('tasks', counted)], 1)).toBe(expected);
    expect(fullCap(capsFor(ofTasks, batch, 'slurm', 2_000), [counter('tasks', counted)], 1)).toBeUndefined();
  });

  test('less than the minimum at home lets nothing in', () => {
    expect(fullCap(capsFor(caps, { pool: 'scheduled', sourceId: SOURCE }, 'slurm', 900), [], 1)).toBe('home');
  });
});
