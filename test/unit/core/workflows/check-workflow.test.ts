import { checkWorkflow } from '../../../../layers/core/workflows/check-workflow';

const LOOK = {
  name: 'look',
  after: ['fetch'],
  pipeline: { directory: 'look', revision: 'a'.repeat(12) },
  resources: { cpus: 1, memoryMb: 512, timeMinutes: 10 },
};
const FETCH = { name: 'fetch', builtin: 'fetch' };
const flow = (...stages: readonly unknown[]) => ({ workflow: 'flow', stages });
/** `place: message` of every problem. */
const problems = (value: unknown): readonly string[] => {
  const checked = checkWorkflow(value);
  return checked.outcome === 'valid' ? [] : checked.problems.map(({ at, message }) => `${at.join('.')}: ${message}`);
};

test('a sound document is taken with its defaults', () => {
  const checked = checkWorkflow(flow(FETCH, LOOK));
  expect(checked).toMatchObject({ outcome: 'valid', document: { stages: [FETCH, { ...LOOK, parameters: {} }] } });
});

test('every fault is told at once, each with its place', () => {
  const value = {
    workflw: 'flow',
    stages: [
      FETCH,
      { ...LOOK, afer: ['fetch'], after: ['fecth'], resources: { cpus: 0, memoryMb: 512 }, parameters: { list: [1] } },
      { ...LOOK, name: 'again', pipeline: { repository: 'https://x.example/y.git', tag: 'v1' } },
    ],
  };
  expect(problems(value)).toEqual([
    'workflow: is missing',
    'workflw: is not known here; did you mean "workflow"?',
    'stages.1.parameters.list: is no text, number, true or false',
    'stages.1.resources.cpus: Too small: expected number to be >0',
    'stages.1.resources.timeMinutes: is missing',
    'stages.1.afer: is not known here; did you mean "after"?',
    'stages.2.pipeline.tag: is not pinned: it may move; give the commit, 40 hex digits',
    'stages.2.pipeline.commit: is missing',
    'stages.1.after.0: no stage is called fecth; did you mean "fetch"?',
  ]);
});

test.each([
  ['nothing', undefined, ': is no workflow'],
  ['no stages', { workflow: 'flow' }, 'stages: is missing'],
  ['an empty list', flow(), 'stages: has 0 stages'],
  ['a stage that is a word', flow(FETCH, 'look'), 'stages.1: is no stage'],
  ['a name that is none', { ...flow(FETCH), workflow: 'My Flow' }, 'workflow: is no name'],
  ['no fetch', flow({ ...LOOK, after: ['look2'] }, { ...LOOK, name: 'look2', after: ['look'] }), 'stages: no stage brings the files'],
  ['fetch by another name', flow({ ...FETCH, name: 'get' }), 'stages.0.name: what is built in keeps its name'],
  ['what is not built in', flow({ name: 'fetch', builtin: 'align' }), 'stages.0.builtin: is not built in'],
  ['a name twice', flow(FETCH, LOOK, { ...LOOK, after: ['look'] }), 'stages.2.name: another stage is called look already'],
  ['a pipeline by its name alone', flow(FETCH, { ...LOOK, pipeline: 'look' }), 'stages.1.pipeline: is not pinned'],
  [
    'a branch',
    flow(FETCH, { ...LOOK, pipeline: { repository: 'https://x.example/y', commit: 'main' } }),
    'stages.1.pipeline.commit: is not pinned',
  ],
  ['a short hash', flow(FETCH, { ...LOOK, pipeline: { directory: 'look', revision: 'abc' } }), 'stages.1.pipeline.revision: is not pinned'],
  [
    'a repository by ssh',
    flow(FETCH, { ...LOOK, pipeline: { repository: 'git@x:y', commit: 'a'.repeat(40) } }),
    'stages.1.pipeline.repository: is no https',
  ],
  [
    'a way out of the repository',
    flow(FETCH, { ...LOOK, pipeline: { repository: 'https://x.example/y', commit: 'a'.repeat(40), directory: '../z' } }),
    'stages.1.pipeline.directory: is no path inside',
  ],
  ['no stage before it', flow(FETCH, { ...LOOK, after: undefined }), 'stages.1.after: is missing'],
  ['a pattern with a path', flow(FETCH, { ...LOOK, success: { files: ['a/b'] } }), 'stages.1.success.files.0: is no pattern'],
  [
    'a place for tasks that is none',
    flow(FETCH, { ...LOOK, tasks: 'cloud' }),
    'stages.1.tasks: Invalid option: expected one of "worker"|"cluster"',
  ],
  ['tasks of what is built in', flow({ ...FETCH, tasks: 'cluster' }), 'stages.0.tasks: is not known here'],
  [
    'tasks on a cluster that the worker does not see',
    flow(FETCH, { ...LOOK, tasks: 'cluster', providers: ['droplet'] }),
    'stages.1.tasks: look wants its tasks to be jobs of the cluster, and may run at droplet alone: providers has to name slurm',
  ],
  ['a provider that is none', flow(FETCH, { ...LOOK, providers: ['cloud'] }), 'stages.1.providers.0: '],
])('%s is told', (_, value, said) => {
  expect(problems(value).filter((problem) => problem.startsWith(said))).toHaveLength(1);
});

test('a circle is told once, with the way around it', () => {
  const [one, two] = [
    { ...LOOK, name: 'one', after: ['fetch', 'two'] },
    { ...LOOK, name: 'two', after: ['one'] },
  ];
  expect(problems(flow(FETCH, one, two, { ...LOOK, name: 'last', after: ['two'] }))).toEqual([
    'stages.1.after: goes in a circle: one after two after one',
  ]);
  expect(problems(flow(FETCH, { ...LOOK, after: ['fetch', 'look'] }))).toEqual(['stages.1.after: goes in a circle: look after look']);
});

test('there is one last stage', () => {
  expect(problems(flow(FETCH, LOOK, { ...LOOK, name: 'again' }))).toEqual([
    'stages: end in look and again; there is one last stage, which comes after all others',
  ]);
});

test('a stage elsewhere, or a join, is refused where it could not see what is home', () => {
  const next = (more: object) => ({ ...LOOK, name: 'next', after: ['look'], ...more });
  const onDroplets = { ...LOOK, providers: ['droplet'] };
  expect(problems(flow(FETCH, onDroplets, next({ providers: ['slurm'] })))).toEqual([]);
  expect(problems(flow(FETCH, onDroplets, next({ join: true })))).toEqual([]);
  expect(problems(flow({ ...FETCH, providers: ['droplet'] }, LOOK, next({ providers: ['slurm'] })))).toEqual([]);
  const refused = (name: string, at: number) =>
    `stages.${at}.providers: ${name} cannot share the worker of the stage before it, and what is home is seen by slurm alone`;
  expect(problems(flow({ ...FETCH, providers: ['slurm'] }, onDroplets))).toEqual([refused('look', 1)]);
  expect(problems(flow(FETCH, LOOK, next({ providers: ['droplet'], join: true })))).toEqual([refused('next', 2)]);
});

test('two ways from fetch to the last stage are a workflow', () => {
  const [left, right] = [
    { ...LOOK, name: 'left' },
    { ...LOOK, name: 'right' },
  ];
  expect(problems(flow({ ...LOOK, name: 'last', after: ['left', 'right'] }, left, right, FETCH))).toEqual([]);
});
