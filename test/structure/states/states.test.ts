import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Batch, Job, Source, Worker } from '../../../layers/core/entities';
import { TABLES } from '../../../layers/core/lifecycle/table';
import type { Entity } from '../../../layers/core/lifecycle/types';
import { ownedBy, watchOf } from '../../../layers/core/lifecycle/watch';
import { Operation } from '../../../layers/core/operation';
import { ROOT } from '../machine-text';
import { statesPage } from './render';

const ENTITIES = Object.keys(TABLES) as Entity[];
const SCHEMAS = { batch: Batch, worker: Worker, job: Job, source: Source, operation: Operation };
const watches = ENTITIES.flatMap((entity) => watchOf(entity).map((watch) => ({ entity, ...watch })));

test('docs/states.md is what the code says (npm run states)', () => {
  expect(readFileSync(join(ROOT, 'docs/states.md'), 'utf8')).toBe(statesPage());
});

test.each(ENTITIES)('each state of a %s that something leads out of is watched, and no other', (entity) => {
  const open = new Set(TABLES[entity].map(({ from }) => from));
  expect(
    watchOf(entity)
      .map(({ status }) => status)
      .sort(),
  ).toEqual([...open].sort());
});

test.each(watches)('$entity $status: its owners and its probe exist, and its deadline is one that it carries', ({ entity, ...watch }) => {
  const owners = typeof watch.owner === 'string' ? [watch.owner] : watch.owner;
  const missing = owners.filter((owner) => owner !== 'person' && !existsSync(join(ROOT, 'statemachines', `${owner}.asl.json`)));
  expect(missing).toEqual([]);
  expect(existsSync(join(ROOT, 'functions', watch.probe, 'handler.ts'))).toBe(true);
  if (typeof watch.deadline === 'string') expect(Object.keys(SCHEMAS[entity].shape)).toContain(watch.deadline);
  else expect(watch.deadline.text).not.toBe('');
});

test('workers that an execution alone cares for, and those that the heartbeat does', () => {
  expect(ownedBy('worker', 'process-batch')).toEqual(['requested', 'live', 'swept']);
  expect(ownedBy('worker', 'heartbeat')).toEqual(['held', 'destroying']);
});
