import { judgeLimits } from '../../../../layers/core/dispatch/judge-limits';

const GRANT = { account: 'Lab', partition: null, qos: ['Long'], maxSubmit: null, maxTimeMinutes: null };
const FACTS = { accounting: true, partitions: [], python: '3.11.2', revisions: {}, associations: [GRANT] };
const NEEDS = { resources: { cpus: 1, memoryMb: 1, timeMinutes: 60 }, pipelines: {}, homeFreeBytesMin: 0, pulls: false };

test.each([
  [{ account: 'lab', qos: 'long' }, undefined],
  [{ account: 'other' }, /grants other to nobody/],
  [{ account: 'LAB', qos: 'short' }, /may not use short/],
])('accounting knows no capital letters: %j', (names, todo) => {
  const [limits] = judgeLimits(FACTS, { ...NEEDS, ...names });
  expect(limits?.todo).toEqual(todo === undefined ? undefined : expect.stringMatching(todo));
});

test.each([
  [{ tasks: 50 }, 'cluster.tasks.queueSize 50, 510 jobs'],
  [{ tasks: 50, tasksAtOnce: 90 }, undefined],
  [{ tasks: 50, tasksAtOnce: 91 }, 'cluster.tasks.atOnce 91, 101 jobs'],
])('what ten workers submit with their tasks fits into what accounting allows: %j', (tasks, todo) => {
  const [limits] = judgeLimits({ ...FACTS, associations: [{ ...GRANT, maxSubmit: 100 }] }, { ...NEEDS, jobs: 10, ...tasks });
  expect(limits?.todo).toEqual(todo === undefined ? undefined : expect.stringContaining(todo));
});
