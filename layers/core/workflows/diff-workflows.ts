import type { DocumentStage, WorkflowDocument } from './document';
import { stagesOf } from './stages-of';

/** Its revision is the installation's own, the same on both sides. */
const FETCH = {
  name: 'fetch',
  pipeline: 'fetch',
  revision: '0'.repeat(12),
  parameters: {},
  resources: { cpus: 1, memoryMb: 1, timeMinutes: 1 },
};

/** What another version changes, one line each: of the document, of stages, and whose results are made anew. Pure. */
export function diffWorkflows(before: WorkflowDocument, after: WorkflowDocument): readonly string[] {
  const [old, now] = [byName(before), byName(after)];
  const revisions = (document: WorkflowDocument) => new Map(stagesOf(document, FETCH).map(({ name, revision }) => [name, revision]));
  const [oldRevisions, nowRevisions] = [revisions(before), revisions(after)];
  return [
    ...changes({ description: before.description }, { description: after.description }, ''),
    ...[...old.keys()].filter((name) => !now.has(name)).map((name) => `stage ${name}: gone`),
    ...[...now.keys()].filter((name) => !old.has(name)).map((name) => `stage ${name}: new`),
    ...[...now].flatMap(([name, stage]) => changes(old.get(name) ?? stage, stage, `stage ${name}: `)),
    ...[...nowRevisions]
      .filter(([name, revision]) => oldRevisions.has(name) && oldRevisions.get(name) !== revision)
      .map(
        ([name, revision]) => `results of ${name} are another revision (${oldRevisions.get(name) ?? ''} → ${revision}): they are made anew`,
      ),
  ];
}

const byName = ({ stages }: WorkflowDocument): ReadonlyMap<string, DocumentStage> => new Map(stages.map((stage) => [stage.name, stage]));

function changes(before: object, after: object, prefix: string): readonly string[] {
  const [old, now] = [new Map(leaves(before, '')), new Map(leaves(after, ''))];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => old.get(path) !== now.get(path))
    .map((path) => `${prefix}${path} ${old.get(path) ?? 'none'} → ${now.get(path) ?? 'none'}`);
}

/** Every value with its path; a list is one value. */
function leaves(value: object, path: string): readonly (readonly [string, string])[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): readonly (readonly [string, string])[] => {
    const at = path === '' ? key : `${path}.${key}`;
    if (inner === undefined) return [];
    return typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? leaves(inner, at) : [[at, JSON.stringify(inner)]];
  });
}
