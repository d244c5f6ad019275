import type { Source } from '../entities';
import { RecordMissingError } from '../errors';
import type { Stores } from '../ports/stores';
import type { Stage } from '../wire';
import { BUILTIN_WORKFLOW, type WorkflowTaken } from './records';
import { stagesOf, type Stages } from './stages-of';

interface WorkflowDeps {
  readonly stores: Pick<Stores, 'workflows'>;
  /** The stage of the built-in workflow. */
  readonly stage: Stage;
}

/** The newest version of the workflow that a source names, for a cycle to be planned by; undefined: the built-in one. @throws RecordMissingError */
export async function takeWorkflow({ stores }: WorkflowDeps, { workflow }: Pick<Source, 'workflow'>): Promise<WorkflowTaken | undefined> {
  if (workflow === BUILTIN_WORKFLOW) return undefined;
  const newest = await stores.workflows.newest(workflow);
  if (newest === undefined) throw new RecordMissingError('workflow', workflow);
  return { name: workflow, version: newest.version };
}

/** The stages of what a cycle took. @throws RecordMissingError */
export async function takenStages({ stores, stage }: WorkflowDeps, taken: WorkflowTaken | undefined): Promise<Stages> {
  if (taken === undefined) return [stage];
  const version = await stores.workflows.get(taken.name, taken.version);
  if (version === undefined) throw new RecordMissingError('workflow', `${taken.name} ${taken.version}`);
  return stagesOf(version.document, stage);
}

/** A run is due when this one has no verified outcome of it. Pure. */
export const lastOf = ([first, ...others]: Stages): Stage => others.at(-1) ?? first;
