import { dueAt } from '../../../../layers/adapters/order';
import type { Source } from '../../../../layers/core/entities';
import { cycleOrder, mayStartCycle } from '../../../../layers/core/use-cases/start-cycle';
import { source } from '../../../contract/stores/samples';

const attention = { reason: 'x', detail: 'x', step: 'x', at: '2026-11-21T08:00:00.000Z' };
const [OLD, NEWER] = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'];

test.each<{ name: string; with_: Partial<Source>; may: boolean; id?: string }>([
  { name: 'idle, of normal priority', with_: {}, may: true },
  { name: 'very low', with_: { priority: 1 }, may: true },
  { name: 'of priority 0', with_: { priority: 0 }, may: false },
  { name: 'stopped', with_: { priority: -1 }, may: false },
  { name: 'asked for, but stopped', with_: { priority: -1, checkRequested: true }, may: false },
  { name: 'paused', with_: { paused: true }, may: false },
  { name: 'in attention', with_: { needsAttention: attention }, may: false },
  { name: 'in its cycle', with_: { cycleRunning: true }, may: false },
  { name: 'not through with its last plan', with_: { phase: 'running' }, may: false },
  { name: 'being published', with_: { phase: 'publishing' }, may: false },
  { name: 'waiting for approval of an older plan', with_: { phase: 'awaiting approval' }, may: true },
  { name: 'known by a secondary accession alone', with_: {}, may: false, id: 'study:ERP013565' },
])('a source that is $name may start a cycle: $may', ({ with_, may, id = 'taxon:562' }) => {
  const of = source(id, with_);
  expect(mayStartCycle(of)).toBe(may);
  if (may) expect(dueAt(of)).toBeDefined();
});

test('asked for, then priority; within it never checked, then the oldest check', () => {
  const wanted = [
    source('taxon:9', { priority: 1, checkRequested: true, lastCheckedAt: NEWER }),
    source('taxon:8', { priority: 6, lastCheckedAt: NEWER }),
    source('taxon:7', { priority: 3 }),
    source('taxon:6', { priority: 3, lastCheckedAt: OLD }),
    source('taxon:5', { priority: 3, lastCheckedAt: NEWER }),
    source('taxon:4', { priority: 1 }),
  ];
  for (const order of [wanted, [...wanted].reverse()]) expect([...order].sort(cycleOrder)).toEqual(wanted);
});
