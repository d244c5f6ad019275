import { readFileSync } from 'node:fs';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { placeOf } from '../layers/core/filters/read-filters';
import { checkWorkflow } from '../layers/core/workflows/check-workflow';
import type { WorkflowDocument } from '../layers/core/workflows/document';
import type { WorkflowProblem } from '../layers/core/workflows/problem';
import { counted } from '../layers/core/words';
import { CliError } from './errors';

export interface PlacedProblem extends WorkflowProblem {
  /** Of the file, from 1. */
  readonly line: number;
  readonly column: number;
}
export type WorkflowRead =
  | { readonly outcome: 'valid'; readonly document: WorkflowDocument }
  | { readonly outcome: 'invalid'; readonly problems: readonly PlacedProblem[] };
/** A workflow file, with the lines that problems stand in. */
export interface WorkflowFile {
  readonly name: string;
  readonly read: WorkflowRead;
  readonly placed: (problem: WorkflowProblem) => PlacedProblem;
}

function textOf(file: string, name: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new CliError(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`, undefined, 2, { cause: error });
  }
}

/** Reads a workflow document in YAML (`-`: standard input) with all that is wrong in it, each with its line. @throws CliError when it cannot be read */
export function openWorkflow(file: string): WorkflowFile {
  const name = file === '-' ? 'standard input' : file;
  const lines = new LineCounter();
  const parsed = parseDocument(textOf(file, name), { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => ({ line: lines.linePos(offset).line, column: lines.linePos(offset).col });
  const offsetOf = (path: WorkflowProblem['at']): number => {
    const node = parsed.getIn(path, true);
    const range = isNode(node) ? node.range : undefined;
    return range?.[0] ?? (path.length === 0 ? 0 : offsetOf(path.slice(0, -1)));
  };
  const placed = (problem: WorkflowProblem): PlacedProblem => ({ ...problem, ...at(offsetOf(problem.at)) });
  if (parsed.errors.length > 0) {
    const problems = parsed.errors.map(({ message, pos: [start] }) => ({ at: [], message, ...at(start) }));
    return { name, read: { outcome: 'invalid', problems }, placed };
  }
  const checked = checkWorkflow(parsed.toJS());
  const read = checked.outcome === 'valid' ? checked : { outcome: checked.outcome, problems: checked.problems.map(placed).sort(byPlace) };
  return { name, read, placed };
}

const byPlace = (one: PlacedProblem, other: PlacedProblem): number => one.line - other.line || one.column - other.column;

/** `flow.yaml:12:5: stages[1].after[0]: no stage is called fecth` */
const problemLine = (name: string, { line, column, at, message }: PlacedProblem): string =>
  `  ${name}:${line}:${column}: ${at.length === 0 ? '' : `${placeOf(at)}: `}${message}`;

/** @throws CliError that names every problem with its place */
export function refuseProblems(name: string, problems: readonly PlacedProblem[]): never {
  throw new CliError(
    `${name} has ${counted(problems.length, 'problem')}\n${problems.map((problem) => problemLine(name, problem)).join('\n')}`,
    'docs/workflows.md says what a workflow looks like',
    2,
  );
}

/** @throws CliError that names every problem with its place */
export function soundWorkflow({ name, read }: WorkflowFile): WorkflowDocument {
  return read.outcome === 'valid' ? read.document : refuseProblems(name, read.problems);
}
