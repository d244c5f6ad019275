/** What is wrong with a workflow, and where: `['stages', 1, 'after', 0]`; empty for the document as a whole. */
export interface WorkflowProblem {
  readonly at: readonly (string | number)[];
  readonly message: string;
}
