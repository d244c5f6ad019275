import type { TaskLimits } from '../task-limits';
import type { Stage } from '../wire';
import type { Clock } from '../ports/outside';
import type { Stores } from '../ports/stores';
import { checkWorkflow } from './check-workflow';
import type { WorkflowDocument } from './document';
import type { WorkflowProblem } from './problem';
import { BUILTIN_WORKFLOW, type WorkflowVersion } from './records';

/** Revisions (12 hex digits) of the pipelines that the kit of this installation has, by folder. */
export type KitPipelines = Readonly<Record<string, Stage['revision']>>;
export type Imported =
  | { readonly outcome: 'imported' | 'unchanged'; readonly version: WorkflowVersion }
  | { readonly outcome: 'invalid'; readonly problems: readonly WorkflowProblem[] }
  | { readonly outcome: 'contended' };

export interface ImportDeps {
  readonly stores: Pick<Stores, 'workflows'>;
  readonly now: Clock;
  readonly pipelines: KitPipelines;
  /** Absent: no tasks are jobs of this installation's cluster. */
  readonly taskLimits?: TaskLimits | undefined;
}
/** Others may import the same name at the same time; each gets a number of its own. */
const TRIES = 5;

/**
 * Stores a document as the next version of its name; what is planned or runs is not touched. Safe to repeat: a document that equals the
 * newest version is that version.
 */
export async function importWorkflow(deps: ImportDeps, value: unknown, actor: string): Promise<Imported> {
  const checked = checkWorkflow(value);
  if (checked.outcome === 'invalid') return checked;
  const { document } = checked;
  const problems = [...reserved(document), ...missingFromKit(document, deps.pipelines), ...unwantedTasks(document, deps.taskLimits)];
  if (problems.length > 0) return { outcome: 'invalid', problems };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const newest = await deps.stores.workflows.newest(document.workflow);
    if (newest !== undefined && JSON.stringify(newest.document) === JSON.stringify(document))
      return { outcome: 'unchanged', version: newest };
    const version: WorkflowVersion = {
      ...{ name: document.workflow, version: (newest?.version ?? 0) + 1, document },
      ...{ importedBy: actor, importedAt: deps.now().toISOString() },
    };
    if ((await deps.stores.workflows.add(version)) === 'added') return { outcome: 'imported', version };
  }
  return { outcome: 'contended' };
}

const reserved = ({ workflow }: WorkflowDocument): readonly WorkflowProblem[] =>
  workflow === BUILTIN_WORKFLOW ? [{ at: ['workflow'], message: `${BUILTIN_WORKFLOW} is built in; choose another name` }] : [];

const unwantedTasks = ({ stages }: WorkflowDocument, limits: TaskLimits | undefined): readonly WorkflowProblem[] =>
  stages.flatMap((stage, index): readonly WorkflowProblem[] => {
    if (limits !== undefined || 'builtin' in stage || stage.tasks !== 'cluster') return [];
    const message = 'no tasks are jobs of the cluster here: cluster.tasks of the configuration would allow it (docs/cluster.md)';
    return [{ at: ['stages', index, 'tasks'], message }];
  });

/** A pipeline that no kit carries would fail in every attempt. */
const missingFromKit = ({ stages }: WorkflowDocument, pipelines: KitPipelines): readonly WorkflowProblem[] =>
  stages.flatMap((stage, index): readonly WorkflowProblem[] => {
    if ('builtin' in stage || 'repository' in stage.pipeline) return [];
    const { directory, revision } = stage.pipeline;
    const at = ['stages', index, 'pipeline'];
    const held = pipelines[directory];
    if (held === undefined)
      return [{ at: [...at, 'directory'], message: `the kit has no ${directory}; it has ${Object.keys(pipelines).join(', ')}` }];
    return revision.startsWith(held)
      ? []
      : [{ at: [...at, 'revision'], message: `the kit holds ${held} of ${directory}, not ${revision}` }];
  });
