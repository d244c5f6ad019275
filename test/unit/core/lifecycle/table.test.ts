import { BATCH_TABLE, JOB_TABLE, nextStatus, OPERATION_TABLE, SOURCE_TABLE, WORKER_TABLE } from '../../../../layers/core/lifecycle/table';
import { BATCH_EVENTS, JOB_EVENTS, OPERATION_EVENTS, SOURCE_EVENTS, WORKER_EVENTS } from '../../../../layers/core/lifecycle/types';
import {
  BATCH_STATUSES,
  FINAL_BATCH_STATUSES,
  FINAL_JOB_STATUSES,
  JOB_STATUSES,
  SOURCE_PHASES,
  WORKER_STATUSES,
  type Batch,
  type Source,
  type Worker,
} from '../../../../layers/core/entities';
import { OPERATION_STATUSES } from '../../../../layers/core/operation';

interface Row {
  readonly entity: string;
  readonly from: string;
  readonly event: string;
  readonly to: string;
  readonly guards: readonly { readonly name: string }[];
}
const now = new Date('2026-01-01T00:00:00.000Z');
const EARLIER = '2025-12-31T00:00:00.000Z';
const LATER = '2026-01-02T00:00:00.000Z';
const TABLES: readonly {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly statuses: readonly string[];
  readonly events: readonly string[];
  readonly start: string;
  readonly final: readonly string[];
}[] = [
  { name: 'batch', rows: BATCH_TABLE, statuses: BATCH_STATUSES, events: BATCH_EVENTS, start: 'planned', final: FINAL_BATCH_STATUSES },
  { name: 'worker', rows: WORKER_TABLE, statuses: WORKER_STATUSES, events: WORKER_EVENTS, start: 'requested', final: ['gone'] },
  { name: 'job', rows: JOB_TABLE, statuses: JOB_STATUSES, events: JOB_EVENTS, start: 'requested', final: FINAL_JOB_STATUSES },
  { name: 'source', rows: SOURCE_TABLE, statuses: SOURCE_PHASES, events: SOURCE_EVENTS, start: 'idle', final: [] },
  {
    name: 'operation',
    rows: OPERATION_TABLE,
    statuses: OPERATION_STATUSES,
    events: OPERATION_EVENTS,
    start: 'running',
    final: ['done', 'failed'],
  },
];

function reachable(rows: readonly Row[], start: string): ReadonlySet<string> {
  const seen = new Set([start]);
  for (let size = 0; size !== seen.size;) {
    size = seen.size;
    for (const { from, to } of rows) if (seen.has(from)) seen.add(to);
  }
  return seen;
}

describe.each(TABLES)('the $name table', ({ rows, statuses, events, start, final }) => {
  test('reaches every status, and so every row, from the first one', () => {
    expect([...reachable(rows, start)].sort()).toEqual([...statuses].sort());
  });
  test('uses every event, and no status has a name of its own', () => {
    expect([...new Set(rows.map(({ event }) => event))].sort()).toEqual([...events].sort());
    expect(rows.flatMap(({ from, to }) => [from, to]).filter((status) => !statuses.includes(status))).toEqual([]);
  });
  test('has no way out of a final status, and one out of every other', () => {
    expect(rows.filter(({ from }) => final.includes(from))).toEqual([]);
    expect(statuses.filter((status) => !final.includes(status) && !rows.some(({ from }) => from === status))).toEqual([]);
  });
  test('has rows that do not hide each other: two of one event from one status differ in their guards', () => {
    const keys = rows.map(({ from, event, guards }) => `${from}/${event}/${guards.map(({ name }) => name).join()}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

const batch = (fields: Partial<Batch>): Batch => ({ attempt: 0, attemptLimit: 3, cancelRequested: false, ...fields }) as Batch;
const worker = (fields: Partial<Worker>): Worker => ({ sweep: 0, sweepFailures: 0, ...fields }) as Worker;

test.each([
  { name: 'a planned batch with attempts left is admitted', item: batch({ attempt: 2 }), by: undefined },
  { name: 'one whose attempts are used up is not', item: batch({ attempt: 3 }), by: ['attemptsLeft'] },
  { name: 'nor one that somebody wants cancelled', item: batch({ cancelRequested: true }), by: ['notCancelled'] },
  { name: 'nor before its pause is over', item: batch({ notBefore: LATER }), by: ['backedOff'] },
  { name: 'but once it is over', item: batch({ notBefore: EARLIER }), by: undefined },
])('$name', ({ item, by }) => {
  const next = nextStatus('batch', 'planned', 'admit', { item, now });
  expect(next.outcome === 'refused' ? next.by : undefined).toEqual(by);
});

test('a batch that is put off is given back the attempt that it spent, also after its last', () => {
  const next = nextStatus('batch', 'dispatched', 'put-off', { item: batch({ attempt: 3 }), now });
  expect(next).toMatchObject({ outcome: 'allowed', to: 'planned' });
  const [effect] = next.outcome === 'allowed' ? next.effects : [];
  expect(effect?.set?.({ item: batch({ attempt: 3 }), now })).toEqual({ attemptLimit: 4 });
});

test.each([
  { name: 'a ready worker is swept', from: 'ready', item: worker({}), by: undefined },
  { name: 'not before its pause is over', from: 'ready', item: worker({ nextSweepAt: LATER }), by: ['sweepDue'] },
  { name: 'not while another sweep holds the lease', from: 'sweeping', item: worker({ sweepLeaseUntil: LATER }), by: ['leaseFree'] },
  { name: 'again when the lease has run out', from: 'sweeping', item: worker({ sweepLeaseUntil: EARLIER }), by: undefined },
  { name: 'never once it is swept', from: 'swept', item: worker({}), by: [] },
] as const)('$name', ({ from, item, by }) => {
  const next = nextStatus('worker', from, 'sweep', { item, now });
  expect(next.outcome === 'refused' ? next.by : undefined).toEqual(by);
});

test.each(['requested', 'live', 'ready'] as const)(
  'a worker that is %s is destroyed only by who says that nothing is lost with it',
  (from) => {
    const item = worker({});
    expect(nextStatus('worker', from, 'destroy', { item, now })).toEqual({ outcome: 'refused', by: ['nothingToSweep'] });
    expect(nextStatus('worker', from, 'destroy', { item, now, nothingToSweep: true })).toMatchObject({
      outcome: 'allowed',
      to: 'destroying',
    });
  },
);
test.each(['sweeping', 'held'] as const)('a worker that is %s is destroyed by nobody', (from) => {
  expect(nextStatus('worker', from, 'destroy', { item: worker({}), now, nothingToSweep: true })).toEqual({ outcome: 'refused', by: [] });
});

test('what a held worker has is given up only where it can be made again', () => {
  const item = worker({});
  expect(nextStatus('worker', 'held', 'give-up', { item, now })).toEqual({ outcome: 'refused', by: ['reproducible'] });
  expect(nextStatus('worker', 'held', 'give-up', { item, now, nothingToSweep: true })).toEqual({
    outcome: 'refused',
    by: ['reproducible'],
  });
  expect(nextStatus('worker', 'held', 'give-up', { item, now, reproducible: true })).toMatchObject({ to: 'destroying' });
});
test('nobody gives up what is not held', () => {
  for (const from of WORKER_STATUSES.filter((status) => status !== 'held')) {
    expect(nextStatus('worker', from, 'give-up', { item: worker({}), now, reproducible: true })).toMatchObject({ outcome: 'refused' });
  }
});

test('a cycle that dies leaves an older plan waiting for its approval, and else leaves the source idle', () => {
  const source = (approval: Source['approval']): Source => ({ approval }) as Source;
  expect(nextStatus('source', 'listing', 'cycle-failed', { item: source('waiting'), now })).toMatchObject({ to: 'awaiting approval' });
  expect(nextStatus('source', 'listing', 'cycle-failed', { item: source('none'), now })).toMatchObject({ to: 'idle' });
});
