import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { diffWorkflows } from '../../layers/core/workflows/diff-workflows';
import type { WorkflowDocument } from '../../layers/core/workflows/document';
import { BUILTIN_WORKFLOW, WorkflowVersion } from '../../layers/core/workflows/records';
import { apiClient, type Answer } from '../client';
import { CliError } from '../errors';
import { print, printJson, table } from '../output';
import { openWorkflow, refuseProblems, soundWorkflow } from '../read-workflow';
import { findSettings } from '../settings';
import { wholeNumber, type JsonFlag } from './arguments';

const Versions = z.object({ name: z.string(), versions: z.array(WorkflowVersion).min(1) });
const Listed = z.object({
  builtin: z.object({ name: z.string(), stages: z.array(z.string()) }),
  items: z.array(WorkflowVersion.omit({ document: true }).extend({ stages: z.array(z.string()) })),
});
const Imported = z.object({ outcome: z.enum(['imported', 'unchanged']), version: WorkflowVersion });
const Refused = z.object({
  error: z.object({
    code: z.literal('invalid-workflow'),
    details: z.array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })),
  }),
});

function validate(file: string, flags: JsonFlag): void {
  const opened = openWorkflow(file);
  if (flags.json) printJson(opened.read);
  const document = soundWorkflow(opened);
  if (!flags.json) print(`${opened.name} is the workflow ${document.workflow}: ${document.stages.map(({ name }) => name).join(', ')}.`);
}

async function importFile(file: string, flags: JsonFlag): Promise<void> {
  const opened = openWorkflow(file);
  const document = soundWorkflow(opened);
  const isRefused = ({ status, body }: Answer): boolean => status === 422 && Refused.safeParse(body).success;
  const { status, body } = await apiClient(findSettings()).send('POST', '/workflows', { document }, isRefused);
  if (status === 422) {
    const { error } = Refused.parse(body);
    refuseProblems(
      opened.name,
      error.details.map(({ path, message }) => opened.placed({ at: path, message })),
    );
  }
  const { outcome, version } = Imported.parse(body);
  if (flags.json) printJson({ outcome, version });
  else if (outcome === 'unchanged') print(`${version.name} is this already, as version ${version.version}.`);
  else
    print(
      `${version.name} has version ${version.version}. Sources that name it take it in their next cycle; what is planned stays as it is.`,
    );
}

async function list(flags: JsonFlag): Promise<void> {
  const { builtin, items } = await apiClient(findSettings()).get('/workflows', Listed);
  if (flags.json) {
    printJson({ builtin, items });
    return;
  }
  const rows = items.map(({ name, version, stages, importedAt, importedBy }) => [name, version, stages.join(', '), importedAt, importedBy]);
  print(
    table(['WORKFLOW', 'VERSION', 'STAGES', 'IMPORTED', 'BY'], [[builtin.name, 'built in', builtin.stages.join(', '), '', ''], ...rows]),
  );
}

const isFile = (what: string): boolean => what === '-' || /\.ya?ml$/.test(what);

interface Compared {
  readonly from: string;
  readonly to: string;
  readonly before: WorkflowDocument;
  readonly after: WorkflowDocument;
}

async function compared(what: string, flags: DiffFlags): Promise<Compared> {
  const file = isFile(what) ? openWorkflow(what) : undefined;
  const document = file && soundWorkflow(file);
  const name = document?.workflow ?? what;
  if (name === BUILTIN_WORKFLOW) throw new CliError(`${name} is built in and has no versions`, 'see "trawl workflow list"', 2);
  const { versions } = await apiClient(findSettings()).get(`/workflows/${encodeURIComponent(name)}`, Versions);
  const one = (wanted: number): WorkflowVersion => {
    const found = versions.find(({ version }) => version === wanted);
    if (found === undefined)
      throw new CliError(`${name} has no version ${wanted}`, `it has ${versions.map(({ version }) => version).join(', ')}`);
    return found;
  };
  const newest = Math.max(...versions.map(({ version }) => version));
  const to = flags.to ?? newest;
  const from = one(flags.from ?? (document === undefined ? Math.max(1, to - 1) : newest));
  if (document !== undefined && file !== undefined)
    return { from: `version ${from.version}`, to: file.name, before: from.document, after: document };
  return { from: `version ${from.version}`, to: `version ${to}`, before: from.document, after: one(to).document };
}

interface DiffFlags extends JsonFlag {
  readonly from?: number;
  readonly to?: number;
}

async function diff(what: string, flags: DiffFlags): Promise<void> {
  const { from, to, before, after } = await compared(what, flags);
  const lines = diffWorkflows(before, after);
  if (flags.json) printJson({ from, to, changes: lines });
  else print(lines.length === 0 ? `${from} and ${to} are the same.` : [`${from} → ${to}`, ...lines.map((line) => `  ${line}`)].join('\n'));
}

const fileArgument = (): Argument => new Argument('<file>', 'workflow document (YAML); "-" reads standard input');

export function workflowCommands(program: Command): void {
  const workflow = program.command('workflow').description('what is done with the runs of sources, stage after stage; docs/workflows.md');
  workflow
    .command('validate')
    .description('every problem of a workflow document at once, with its line; needs no installation')
    .addArgument(fileArgument())
    .option('--json', 'print as JSON')
    .action(validate);
  workflow
    .command('import')
    .description('store a document as the next version of its workflow; what is planned or runs is not changed')
    .addArgument(fileArgument())
    .option('--json', 'print as JSON')
    .action(importFile);
  workflow.command('list').description('every version of every workflow').option('--json', 'print as JSON').action(list);
  workflow
    .command('diff')
    .description('what a document, or a version, changes, and whose results would be made anew')
    .argument('<what>', 'a file (.yaml, "-") against the newest version of its workflow, or the name of a workflow')
    .option('--from <version>', 'the version before (default: the newest for a file, else the one before --to)', wholeNumber(1))
    .option('--to <version>', 'the version after, of a name (default: the newest)', wholeNumber(1))
    .option('--json', 'print as JSON')
    .action(diff);
}
