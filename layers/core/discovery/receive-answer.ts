import type { EnaPortal } from '../ports/ena';
import type { Workspace } from '../ports/listings';
import { scanListing, type ListingScan } from './acceptance';
import { askRuns, type ColumnsAsked, type RunsAnswer } from './ask-runs';
import { columnsInWords } from './needed-columns';

export interface Answer extends Pick<Extract<RunsAnswer, { readonly outcome: 'answered' }>, 'contentType' | 'columns' | 'absent'> {
  readonly scan: ListingScan;
}

/**
 * Streams an answer to a gzipped file of the workspace, looking at it on the way, in constant memory. An answer of no bytes (HTTP 204)
 * leaves a header alone. @throws ArchiveUnavailableError
 */
export async function receiveAnswer(
  ena: Pick<EnaPortal, 'list'>,
  query: string,
  { workspace, name, ...asked }: ColumnsAsked & { readonly workspace: Workspace; readonly name: string },
): Promise<Answer | { readonly refused: string }> {
  const answer = await askRuns(ena, query, asked);
  if (answer.outcome === 'refused') {
    const { detail, unknownColumns } = answer;
    if (unknownColumns.length === 0) return { refused: detail };
    return { refused: `${detail}; ENA does not have any more: ${columnsInWords(unknownColumns, asked.needed)}` };
  }
  const scanner = scanListing(answer.columns.length);
  const writer = workspace.writer(name, { gzip: true });
  for await (const chunk of answer.body) {
    scanner.push(chunk);
    await writer.write(chunk);
  }
  const scan = scanner.result();
  if (scan.bytes === 0) await writer.write(`${answer.columns.join('\t')}\n`);
  await writer.end();
  return { ...answer, scan };
}
