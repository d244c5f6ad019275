import { createHash } from 'node:crypto';
import type { Stage } from '../wire';
import type { DocumentStage, WorkflowDocument } from './document';
import { HAS_TASKS, inOrder } from './graph';

/** The stages of a workflow as plans carry them, each after those it works on. At least one. */
export type Stages = readonly [Stage, ...Stage[]];

/**
 * A document that is sound, with the installation's own fetch in it; pure. The revision of a stage covers everything that its results depend
 * on, the revisions of the stages before it too.
 */
export function stagesOf({ stages }: WorkflowDocument, fetch: Stage): Stages {
  const nodes = stages.map((stage) => ({ stage, name: stage.name, after: 'builtin' in stage ? [] : stage.after }));
  const revisions = new Map<string, string>();
  const made = inOrder(nodes).map(({ stage }): Stage => {
    const planned = 'builtin' in stage ? at(fetch, stage.providers) : ofPipeline(stage, revisions);
    revisions.set(planned.name, planned.revision);
    return planned;
  });
  const [first, ...others] = made;
  return [first ?? fetch, ...others];
}

/** Where its files may be fetched changes nothing about them. */
const at = (fetch: Stage, providers: Stage['providers']): Stage => (providers === undefined ? fetch : { ...fetch, providers });

type PipelineStage = Exclude<DocumentStage, { readonly builtin: string }>;

function ofPipeline(stage: PipelineStage, revisions: ReadonlyMap<string, string>): Stage {
  const { pipeline, name, after, parameters, resources, join, profile, success, atOnce, retries, tasks } = stage;
  const providers = tasks === 'cluster' ? [...HAS_TASKS] : stage.providers;
  const from =
    'repository' in pipeline
      ? { pipeline: pipeline.directory ?? '.', pinned: pipeline.commit, repository: pipeline.repository }
      : { pipeline: pipeline.directory, pinned: pipeline.revision };
  const makes = [
    from,
    sorted(parameters),
    profile ?? null,
    success ?? null,
    after.map((parent) => [parent, revisions.get(parent) ?? null]),
    ...(join === true ? ['join'] : []),
  ];
  const revision = createHash('sha256').update(JSON.stringify(makes)).digest('hex').slice(0, 12);
  return {
    ...{ name, ...from, revision, parameters, resources, after },
    ...(providers !== undefined && { providers }),
    ...(join === true && { join }),
    ...(profile !== undefined && { profile }),
    ...(success !== undefined && { success }),
    ...(atOnce !== undefined && { atOnce }),
    ...(retries !== undefined && { retries }),
    ...(tasks === 'cluster' && { tasks }),
  };
}

const sorted = (parameters: Stage['parameters']): readonly (readonly [string, unknown])[] =>
  Object.entries(parameters).sort(([one], [other]) => (one < other ? -1 : 1));

/**
 * All stages as the one stage that a worker is chosen for: the last one, which names the batch, with the most of what any of them asks for,
 * their minutes together, and the providers that can do them all. One stage stays as it is. Pure.
 */
export function wholeOf(stages: Stages): Stage {
  const [first, ...others] = stages;
  const last = others.at(-1);
  if (last === undefined) return first;
  const most = (field: 'cpus' | 'memoryMb'): number => Math.max(...stages.map(({ resources }) => resources[field]));
  const timeMinutes = stages.reduce((sum, { resources }) => sum + resources.timeMinutes, 0);
  const said = stages.flatMap(({ providers }) => (providers === undefined ? [] : [providers]));
  const common = said[0]?.filter((name) => said.every((list) => list.includes(name)));
  return {
    ...last,
    resources: { cpus: most('cpus'), memoryMb: most('memoryMb'), timeMinutes },
    ...(common !== undefined && { providers: [...common] }),
  };
}
