import { z } from 'zod';
import { Time } from '../entity-words';
import { WorkflowDocument, WorkflowName } from './document';

/** One imported version of a workflow; never changed, never removed. `version` counts from 1 for each name. */
export const WorkflowVersion = z.object({
  name: WorkflowName,
  version: z.number().int().positive(),
  document: WorkflowDocument,
  importedBy: z.string(),
  importedAt: Time,
});
export type WorkflowVersion = z.infer<typeof WorkflowVersion>;

/** The workflow that every installation has, of the one stage that its configuration describes. It has no versions and cannot be imported. */
export const BUILTIN_WORKFLOW = 'fetch';

/** What a cycle was planned by; absent where it was the built-in workflow. */
export const WorkflowTaken = z.object({ name: z.string(), version: z.number().int().positive() });
export type WorkflowTaken = z.infer<typeof WorkflowTaken>;
