import { join } from 'node:path';
import { parse } from 'yaml';
import { readdirSync, readFileSync } from 'node:fs';
import { pipelineRevision } from '../../../../infra/build/pipeline-revision';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { checkWorkflow } from '../../../../layers/core/workflows/check-workflow';
import { diffWorkflows } from '../../../../layers/core/workflows/diff-workflows';
import { WorkflowDocument } from '../../../../layers/core/workflows/document';
import { TaskLimits } from '../../../../layers/core/task-limits';
import { importWorkflow, type ImportDeps } from '../../../../layers/core/workflows/import-workflow';
import { legsOf } from '../../../../layers/core/workflows/legs';
import { stagesOf, wholeOf } from '../../../../layers/core/workflows/stages-of';
import { takenStages, takeWorkflow } from '../../../../layers/core/workflows/take-workflow';
import { aStage } from '../discovery/factories';

const ROOT = join(__dirname, '..', '..', '..', '..');
const document = (change: { minQ30?: number; cpus?: number; directory?: string; note?: string } = {}): WorkflowDocument =>
  WorkflowDocument.parse({
    workflow: 'flow',
    ...(change.note !== undefined && { description: change.note }),
    stages: [
      {
        ...{ name: 'last', after: ['look'], pipeline: { repository: 'https://x.example/y', commit: 'c'.repeat(40) } },
        ...{ resources: { cpus: 8, memoryMb: 100, timeMinutes: 30 }, providers: ['slurm'] },
      },
      {
        ...{ name: 'look', after: ['fetch'], pipeline: { directory: change.directory ?? 'look', revision: 'a'.repeat(12) } },
        ...{
          parameters: { minQ30: change.minQ30 ?? 0.6, other: 1 },
          resources: { cpus: change.cpus ?? 1, memoryMb: 900, timeMinutes: 20 },
        },
      },
      { name: 'fetch', builtin: 'fetch' },
    ],
  });
const FETCH = aStage();
const revisions = (value: WorkflowDocument, fetch = FETCH) =>
  Object.fromEntries(stagesOf(value, fetch).map(({ name, revision }) => [name, revision]));

test('stages come after those they work on, fetch as the installation has it', () => {
  const stages = stagesOf(document(), FETCH);
  expect(stages.map(({ name }) => name)).toEqual(['fetch', 'look', 'last']);
  expect(stages[0]).toBe(FETCH);
  expect(stages[2]).toMatchObject({ pipeline: '.', pinned: 'c'.repeat(40), repository: 'https://x.example/y', after: ['look'] });
});

test('a revision is another one with all that makes the results, and with no more than that', () => {
  const before = revisions(document());
  expect(revisions(document({ cpus: 4 }))).toEqual(before);
  const stricter = revisions(document({ minQ30: 0.7 }));
  expect(stricter['look']).not.toBe(before['look']);
  // What works on it is made from something else now.
  expect(stricter['last']).not.toBe(before['last']);
  const fetched = revisions(document(), aStage({ revision: 'f'.repeat(12) }));
  expect([fetched['look'] === before['look'], fetched['last'] === before['last']]).toEqual([false, false]);
});

test('a worker is chosen for all its stages: the most of what any asks for, their minutes together, where all can run', () => {
  expect(wholeOf(stagesOf(document(), FETCH))).toMatchObject({
    name: 'last',
    resources: { cpus: 8, memoryMb: 900, timeMinutes: 60 },
    providers: ['slurm'],
  });
  expect(wholeOf([FETCH])).toBe(FETCH);
});

test('a difference names what changes and whose results are made anew', () => {
  expect(diffWorkflows(document(), document())).toEqual([]);
  expect(diffWorkflows(document(), document({ cpus: 2, note: 'more' }))).toEqual([
    'description none → "more"',
    'stage look: resources.cpus 1 → 2',
  ]);
  const lines = diffWorkflows(document(), document({ minQ30: 0.7 }));
  expect(lines).toHaveLength(3);
  expect(lines[0]).toBe('stage look: parameters.minQ30 0.6 → 0.7');
  expect(lines.slice(1).map((line) => line.split(' are')[0])).toEqual(['results of look', 'results of last']);
});

/** The document, with the tasks of its second stage on the cluster. */
const spread = (): WorkflowDocument => {
  const { stages, ...rest } = document();
  return { ...rest, stages: stages.map((stage) => (stage.name === 'look' ? { ...stage, tasks: 'cluster' as const } : stage)) };
};

test('tasks on the cluster keep a stage where the cluster is, and change nothing of its results', () => {
  const [, look] = stagesOf(spread(), FETCH);
  expect(look).toMatchObject({ name: 'look', tasks: 'cluster', providers: ['slurm'] });
  expect(revisions(spread())).toEqual(revisions(document()));
  // What may fetch at droplets still does: the stage is done by a child batch.
  const legs = legsOf(stagesOf(spread(), { ...FETCH, providers: ['droplet'] }), { provider: 'any' }, ['slurm', 'droplet']);
  expect(legs.map(({ stages, providers }) => [stages.map(({ name }) => name), providers])).toEqual([
    [['fetch'], ['droplet']],
    [['look', 'last'], ['slurm']],
  ]);
});

test('a stage whose tasks no cluster takes here is refused when it is imported', async () => {
  const { importIt } = importing();
  expect(await importIt(spread())).toMatchObject({
    outcome: 'invalid',
    problems: [{ at: ['stages', 1, 'tasks'], message: expect.stringContaining('cluster.tasks of the configuration') as string }],
  });
  expect(await importing({ taskLimits: TaskLimits.parse({}) }).importIt(spread())).toMatchObject({ outcome: 'imported' });
});

const importing = (more: Partial<ImportDeps> = {}) => {
  const stores = memoryStores();
  const deps = { stores, now: () => new Date('2026-01-01T00:00:00.000Z'), pipelines: { look: 'a'.repeat(12) }, stage: FETCH, ...more };
  return { ...deps, importIt: (value: unknown) => importWorkflow(deps, value, 'a person') };
};

test('an import is the next version, the same again is none, and what a cycle took stays what it was', async () => {
  const { importIt, ...deps } = importing();
  expect(await importIt(document())).toMatchObject({ outcome: 'imported', version: { name: 'flow', version: 1 } });
  expect(await importIt(document())).toMatchObject({ outcome: 'unchanged', version: { version: 1 } });
  const taken = await takeWorkflow(deps, { workflow: 'flow' });
  expect(await importIt(document({ minQ30: 0.9 }))).toMatchObject({ outcome: 'imported', version: { version: 2 } });
  expect((await takenStages(deps, taken))[1]).toMatchObject({ parameters: { minQ30: 0.6 } });
  expect(await takeWorkflow(deps, { workflow: 'flow' })).toEqual({ name: 'flow', version: 2 });
  expect(await takeWorkflow(deps, { workflow: 'fetch' })).toBeUndefined();
  await expect(takeWorkflow(deps, { workflow: 'none' })).rejects.toThrow('none');
});

test.each([
  ['a pipeline that the kit has not', document({ directory: 'lok' }), { at: ['stages', 1, 'pipeline', 'directory'] }],
  ['a name that is built in', { ...document(), workflow: 'fetch' }, { at: ['workflow'] }],
])('%s is refused, and nothing is stored', async (_, value, problem) => {
  const { importIt, stores } = importing();
  expect(await importIt(value)).toMatchObject({ outcome: 'invalid', problems: [problem] });
  expect(await stores.workflows.list()).toEqual([]);
});

test('another revision than the kit holds is refused', async () => {
  const { stores, now } = importing();
  const imported = await importWorkflow({ stores, now, pipelines: { look: 'b'.repeat(12) } }, document(), 'x');
  expect(imported).toMatchObject({ outcome: 'invalid', problems: [{ at: ['stages', 1, 'pipeline', 'revision'] }] });
});

test.each(readdirSync(join(ROOT, 'workflows')))('%s ships sound, pinned to the pipelines that ship with it', (file) => {
  const checked = checkWorkflow(parse(readFileSync(join(ROOT, 'workflows', file), 'utf8')));
  if (checked.outcome === 'invalid') throw new Error(JSON.stringify(checked.problems));
  expect(`${checked.document.workflow}.yaml`).toBe(file);
  const pinned = checked.document.stages.flatMap((stage) => ('pipeline' in stage && 'revision' in stage.pipeline ? [stage.pipeline] : []));
  expect(pinned.length).toBeGreaterThan(0);
  for (const { directory, revision } of pinned) expect(revision).toBe(pipelineRevision(join(ROOT, 'slurm', 'pipelines', directory)));
});
