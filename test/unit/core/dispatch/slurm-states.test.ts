import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SLURM_STATES, slurmMeaning, type SlurmClass } from '../../../../layers/core/dispatch/slurm-states';

/** Every state and flag that Slurm's documentation and 22.05.8 know. */
const table: Readonly<Record<SlurmClass, readonly string[]>> = {
  waiting: ['PENDING', 'CONFIGURING', 'POWER_UP_NODE', 'REQUEUED', 'REQUEUE_FED', 'EXPEDITING'],
  running: ['RUNNING', 'COMPLETING', 'RESIZING', 'SIGNALING', 'STAGE_OUT', 'UPDATE_DB', 'SUSPENDED', 'STOPPED'],
  'needs-person': ['REQUEUE_HOLD', 'SPECIAL_EXIT', 'RESV_DEL_HOLD'],
  ended: [
    ...['COMPLETED', 'FAILED', 'OUT_OF_MEMORY', 'TIMEOUT', 'DEADLINE', 'NODE_FAIL', 'BOOT_FAIL', 'LAUNCH_FAILED', 'RECONFIG_FAIL'],
    ...['PREEMPTED', 'CANCELLED', 'REVOKED'],
  ],
  'unheard-of': ['TERMINATED', 'UNKNOWN', '', '???', 'COMPLETE'],
};
const rows = Object.entries(table).flatMap(([meaning, states]) => states.map((state) => ({ state, meaning })));

test.each(rows)('$state is $meaning', ({ state, meaning }) => {
  expect(slurmMeaning(state).class).toBe(meaning);
});

test('no state is known that the table above leaves out', () => {
  expect([...SLURM_STATES.keys()].sort()).toEqual(
    rows
      .filter(({ meaning }) => meaning !== 'unheard-of')
      .map(({ state }) => state)
      .sort(),
  );
});

test('every ended state names a cause', () => {
  expect(table.ended.map((state) => slurmMeaning(state).cause).filter((cause) => cause?.startsWith('slurm-') !== true)).toEqual([]);
});

test.each([
  ['CANCELLED by 1000', 'slurm-cancelled'],
  ['CANCELLED+', 'slurm-cancelled'],
  ['timeout', 'slurm-timeout'],
  [' NODE_FAIL ', 'slurm-node-fail'],
])('%s is read as %s', (raw, cause) => {
  expect(slurmMeaning(raw).cause).toBe(cause);
});

test('the gate on the head node takes the same states for living: it finds, lists and cancels by them', () => {
  const gate = readFileSync(join(__dirname, '../../../../slurm/gate.py'), 'utf8');
  const [, words = ''] = /LIVE_STATES = frozenset\(([^)]*?)\.split/.exec(gate) ?? [];
  const living = words.match(/[A-Z_]+/g) ?? [];
  expect(living.sort()).toEqual([...table.waiting, ...table.running, ...table['needs-person']].sort());
});
