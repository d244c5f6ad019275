import { Option, type Command } from 'commander';
import { z } from 'zod';
import { EXPORT_FORMATS, EXPORT_INCLUDES, ExportResult } from '../../layers/core/discovery/exports';
import { RUN_STATES } from '../../layers/core/discovery/documents';
import { FLAVOUR_NAMES } from '../../layers/core/discovery/samplesheets';
import { apiClient, type Client } from '../client';
import { download } from '../download';
import { CliError } from '../errors';
import { OperationAnswer, OperationLine, waitForOperation } from '../operations';
import { humanBytes, print, printJson } from '../output';
import { findSettings } from '../settings';
import { sourceArgument, sourcePath, type JsonFlag } from './arguments';

interface Flags extends JsonFlag {
  readonly format: string;
  readonly flavour: string;
  readonly state?: string;
  readonly include: string;
  readonly output?: string;
  readonly operation?: string;
}
const LinkAnswer = z.looseObject({ operation: OperationLine, link: z.url().optional() });

/** An export of its own each time, unless one that was begun before is named. */
async function operationIdOf(client: Client, path: string, flags: Flags): Promise<string> {
  if (flags.operation !== undefined) return flags.operation;
  const { format, flavour, state, include } = flags;
  const body = { format, include, ...(format === 'samplesheet' && { flavour }), ...(state !== undefined && { state }) };
  return OperationAnswer.parse((await client.send('POST', `${path}/exports`, body)).body).operation.operationId;
}

async function exportRuns(id: string, flags: Flags): Promise<void> {
  const client = apiClient(findSettings());
  const path = sourcePath(id);
  const operationId = await operationIdOf(client, path, flags);
  const { result } = await waitForOperation(client, operationId);
  const { fileName, rows, bytes, cycle } = ExportResult.parse(result);
  const output = flags.output ?? fileName;
  const linkNow = async (): Promise<string> => {
    const { link } = await client.get(`${path}/exports/${operationId}`, LinkAnswer);
    if (link === undefined) throw new CliError(`the export ${operationId} has no file any more`, 'repeat the command without --operation');
    return link;
  };
  await download({
    linkNow,
    bytes,
    partial: `${output}.${operationId}.part`,
    output,
    unpack: fileName.endsWith('.gz') && !output.endsWith('.gz'),
  });
  if (flags.json) printJson({ operationId, output, rows, bytes, cycle });
  else print(`${output}: ${rows} runs, ${humanBytes(bytes)} fetched, as of cycle ${cycle}`);
}

export function exportCommand(program: Command): void {
  program
    .command('export')
    .description('runs of a source as one file: ENA’s columns, and where each run stands; or a samplesheet of what is at home')
    .addArgument(sourceArgument())
    .addOption(new Option('--format <format>', 'of the file').choices(EXPORT_FORMATS).default('tsv'))
    .addOption(new Option('--flavour <pipeline>', 'nf-core pipeline that reads the samplesheet').choices(FLAVOUR_NAMES).default('generic'))
    .addOption(new Option('--state <state>', 'only runs in this state').choices(RUN_STATES))
    .addOption(new Option('--include <which>', 'only runs that the filters include, or exclude').choices(EXPORT_INCLUDES).default('all'))
    .option('--output <file>', 'where to put it; a name without .gz is unpacked (default: a name by source and format, here)')
    .option('--operation <id>', 'fetch an export that was begun before, and go on where fetching broke off')
    .option('--json', 'print what was fetched as JSON')
    .action(exportRuns);
}
