import type { z } from 'zod';
import { meant } from '../filters/nearest';
import { DOCUMENT_KEYS, PIPELINE_KEYS, STAGE_FORMS, STAGE_KEYS, WorkflowDocument } from './document';
import { graphProblems } from './graph';
import type { WorkflowProblem } from './problem';

export type WorkflowChecked =
  | { readonly outcome: 'valid'; readonly document: WorkflowDocument }
  | { readonly outcome: 'invalid'; readonly problems: readonly WorkflowProblem[] };

type Place = WorkflowProblem['at'];
/** A version is one item of the table, which takes 400 KB. */
const LIMIT_BYTES = 100_000;

/** Reads a workflow document; pure. Every problem at once: of its form and of its graph, also where both are wrong. */
export function checkWorkflow(value: unknown): WorkflowChecked {
  if (!isObject(value))
    return { outcome: 'invalid', problems: [{ at: [], message: 'is no workflow: a mapping with "workflow" and "stages"' }] };
  const problems = [...ofDocument(value), ...graphProblems(value['stages'])];
  if (problems.length > 0) return { outcome: 'invalid', problems };
  return { outcome: 'valid', document: WorkflowDocument.parse(value) };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function ofDocument(value: Readonly<Record<string, unknown>>): readonly WorkflowProblem[] {
  const { stages, ...rest } = value;
  const form = WorkflowDocument.omit({ stages: true }).safeParse(rest);
  const found = form.success ? [] : problemsOf(form.error, [], DOCUMENT_KEYS);
  if (JSON.stringify(value).length > LIMIT_BYTES) found.push({ at: [], message: `is longer than ${LIMIT_BYTES} bytes` });
  if (!Array.isArray(stages)) return [...found, { at: ['stages'], message: stages === undefined ? 'is missing' : 'is no list' }];
  const count = WorkflowDocument.shape.stages.element;
  if (stages.length === 0 || stages.length > MOST_STAGES)
    found.push({ at: ['stages'], message: `has ${stages.length} stages; 1 to ${MOST_STAGES} are possible` });
  return [...found, ...stages.flatMap((stage, index) => (count.safeParse(stage).success ? [] : ofStage(stage, ['stages', index])))];
}
const MOST_STAGES = 20;

/** Judged by the form that was meant, so that what is told is about what is written. */
function ofStage(stage: unknown, at: Place): readonly WorkflowProblem[] {
  if (!isObject(stage)) return [{ at, message: 'is no stage: a mapping with "name" and "pipeline" (or "builtin: fetch")' }];
  if ('builtin' in stage) return formProblems(STAGE_FORMS.builtin, stage, at, STAGE_KEYS.builtin);
  const { pipeline, ...rest } = stage;
  const found = formProblems(STAGE_FORMS.pipeline.omit({ pipeline: true }), rest, at, STAGE_KEYS.pipeline);
  return [...found, ...ofPipeline(pipeline, [...at, 'pipeline'])];
}

function ofPipeline(pipeline: unknown, at: Place): readonly WorkflowProblem[] {
  if (pipeline === undefined) return [{ at, message: 'is missing' }];
  if (!isObject(pipeline)) return [{ at, message: 'is not pinned: give directory and revision, or repository and commit' }];
  const isGit = 'repository' in pipeline || 'commit' in pipeline;
  const moving = ['tag', 'branch', ...(isGit ? ['revision'] : [])].filter((key) => key in pipeline);
  const found = moving.map((key) => ({ at: [...at, key], message: `is not pinned: it may move; give the commit, 40 hex digits` }));
  const known = Object.fromEntries(Object.entries(pipeline).filter(([key]) => !moving.includes(key)));
  const form = isGit || moving.length > 0 ? 'git' : 'kit';
  return [...found, ...formProblems(STAGE_FORMS[form], known, at, PIPELINE_KEYS[form])];
}

function formProblems(form: z.ZodType, value: unknown, at: Place, keys: readonly string[]): readonly WorkflowProblem[] {
  const read = form.safeParse(value);
  return read.success ? [] : problemsOf(read.error, at, keys);
}

function problemsOf({ issues }: z.ZodError, under: Place, keys: readonly string[]): WorkflowProblem[] {
  return issues.flatMap((issue): readonly WorkflowProblem[] => {
    const at = [...under, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        at: [...at, key],
        message: `is not known here${issue.path.length === 0 ? meant(key, keys) : ''}`,
      }));
    const isMissing = issue.code === 'invalid_type' && issue.input === undefined && issue.message.endsWith('received undefined');
    return [{ at, message: isMissing ? 'is missing' : issue.message }];
  });
}
