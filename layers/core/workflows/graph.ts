import { meant } from '../filters/nearest';
import { SEES_HOME } from '../planning/providers-of';
import type { WorkflowProblem } from './problem';

/** What the graph needs of a stage, whatever else is wrong with it. */
interface Node {
  readonly index: number;
  readonly name: string;
  readonly after: readonly string[];
  readonly isFetch: boolean;
  readonly isJoin: boolean;
  readonly providers: readonly string[] | undefined;
  readonly hasTasks: boolean;
}
/** The only providers whose workers can have their tasks run as jobs beside them. */
export const HAS_TASKS = ['slurm'] as const;
const ALL_PROVIDERS: readonly string[] = ['slurm', 'droplet'];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

function nodesOf(stages: unknown): readonly Node[] {
  if (!Array.isArray(stages)) return [];
  return stages.flatMap((stage: unknown, index): readonly Node[] =>
    isObject(stage) && typeof stage['name'] === 'string'
      ? [
          {
            ...{ index, name: stage['name'], after: texts(stage['after']), isFetch: 'builtin' in stage },
            isJoin: stage['join'] === true,
            providers: Array.isArray(stage['providers']) ? texts(stage['providers']) : undefined,
            hasTasks: stage['tasks'] === 'cluster',
          },
        ]
      : [],
  );
}

/** What is wrong with how the stages hang together; pure. Stages that cannot be read at all are left to others. */
export function graphProblems(stages: unknown): readonly WorkflowProblem[] {
  const nodes = nodesOf(stages);
  if (nodes.length === 0) return [];
  const broken = [...missingParents(nodes), ...cyclesOf(nodes)];
  // Which stage is the last one cannot be told while the way to it is broken.
  return [...twice(nodes), ...fetches(nodes), ...broken, ...(broken.length === 0 ? ends(nodes) : []), ...tasks(nodes), ...places(nodes)];
}

const twice = (nodes: readonly Node[]): readonly WorkflowProblem[] =>
  nodes
    .filter(({ name, index }) => nodes.some((other) => other.name === name && other.index < index))
    .map(({ name, index }) => ({ at: ['stages', index, 'name'], message: `another stage is called ${name} already` }));

function fetches(nodes: readonly Node[]): readonly WorkflowProblem[] {
  const found = nodes.filter(({ isFetch }) => isFetch);
  if (found.length === 0) return [{ at: ['stages'], message: 'no stage brings the files: one is "builtin: fetch"' }];
  return [
    ...found
      .filter(({ name }) => name !== 'fetch')
      .map(({ index }) => ({ at: ['stages', index, 'name'], message: 'what is built in keeps its name: "fetch"' })),
    ...found.slice(1).map(({ index }) => ({ at: ['stages', index, 'builtin'], message: 'the files are brought once' })),
  ];
}

const missingParents = (nodes: readonly Node[]): readonly WorkflowProblem[] =>
  nodes.flatMap(({ index, after }) =>
    after.flatMap((parent, at) => {
      if (nodes.some(({ name }) => name === parent)) return [];
      const names = nodes.map(({ name }) => name);
      return [{ at: ['stages', index, 'after', at], message: `no stage is called ${parent}${meant(parent, names)}` }];
    }),
  );

/** Stages after each stage whose parents are all before it. Those of a cycle are left over. */
export function inOrder<N extends { readonly name: string; readonly after: readonly string[] }>(nodes: readonly N[]): readonly N[] {
  const done: N[] = [];
  for (let before = -1; before !== done.length;) {
    before = done.length;
    for (const node of nodes) {
      if (!done.includes(node) && node.after.every((parent) => done.some(({ name }) => name === parent))) done.push(node);
    }
  }
  return done;
}

/** One problem for each circle, with the way around it. */
function cyclesOf(nodes: readonly Node[]): readonly WorkflowProblem[] {
  const known = nodes.map((node) => ({ ...node, after: node.after.filter((parent) => nodes.some(({ name }) => name === parent)) }));
  const sorted = inOrder(known);
  const left = new Map(known.filter((node) => !sorted.includes(node)).map((node) => [node.name, node]));
  const problems: WorkflowProblem[] = [];
  const seen = new Set<string>();
  for (const start of left.values()) {
    const way: string[] = [];
    let node: Node | undefined = start;
    while (node !== undefined && !seen.has(node.name)) {
      seen.add(node.name);
      way.push(node.name);
      node = left.get(node.after.find((parent) => left.has(parent)) ?? '');
    }
    const from = node === undefined ? -1 : way.indexOf(node.name);
    if (node !== undefined && from >= 0)
      problems.push({
        at: ['stages', node.index, 'after'],
        message: `goes in a circle: ${[...way.slice(from), node.name].join(' after ')}`,
      });
  }
  return problems;
}

/** A run is due when the last stage has no outcome of it: there has to be one such stage. */
function ends(nodes: readonly Node[]): readonly WorkflowProblem[] {
  const last = nodes.filter(({ name }) => !nodes.some(({ after }) => after.includes(name)));
  if (last.length <= 1) return [];
  return [
    {
      at: ['stages'],
      message: `end in ${last.map(({ name }) => name).join(' and ')}; there is one last stage, which comes after all others`,
    },
  ];
}

/** A droplet has no cluster to give its tasks to. */
const tasks = (nodes: readonly Node[]): readonly WorkflowProblem[] =>
  nodes.flatMap(({ index, name, hasTasks, providers = HAS_TASKS }): readonly WorkflowProblem[] => {
    if (!hasTasks || HAS_TASKS.some((one) => providers.includes(one))) return [];
    const message = `${name} wants its tasks to be jobs of the cluster, and may run at ${providers.join(', ')} alone: providers has to name ${HAS_TASKS.join(', ')}`;
    return [{ at: ['stages', index, 'tasks'], message }];
  });

/** What the worker that fetches cannot do works on results at home: whoever does it has to see them. */
function places(nodes: readonly Node[]): readonly WorkflowProblem[] {
  let common = ALL_PROVIDERS;
  return inOrder(nodes).flatMap(({ name, index, isJoin, hasTasks, ...node }): readonly WorkflowProblem[] => {
    const providers = hasTasks ? HAS_TASKS : (node.providers ?? ALL_PROVIDERS);
    const able = (places: readonly string[]): readonly string[] => places.filter((provider) => providers.includes(provider));
    const shared = isJoin ? [] : able(common);
    common = shared.length > 0 ? shared : able(SEES_HOME);
    if (common.length > 0) return [];
    common = SEES_HOME;
    const message = `${name} cannot share the worker of the stage before it, and what is home is seen by ${SEES_HOME.join(', ')} alone`;
    return [{ at: ['stages', index, 'providers'], message }];
  });
}
