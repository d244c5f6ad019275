import type { EnaPortal } from '../ports/ena';
import type { Workspace } from '../ports/listings';
import { scanListing, type ListingScan } from './acceptance';
import { askRuns, type RunsAnswer } from './ask-runs';

export interface Answer extends Pick<Extract<RunsAnswer, { readonly outcome: 'answered' }>, 'contentType' | 'columns' | 'absent'> {
  readonly scan: ListingScan;
}

/**
 * Streams an answer to a gzipped file of the workspace, looking at it on the way, in constant memory. An answer of no bytes (HTTP 204)
 * leaves a header alone. @param columns see askRuns @throws ArchiveUnavailableError
 */
export async function receiveAnswer(
  ena: Pick<EnaPortal, 'list'>,
  query: string,
  { workspace, name, columns }: { readonly workspace: Workspace; readonly name: string; readonly columns?: readonly string[] },
): Promise<Answer | { readonly refused: string }> {
  const answer = await askRuns(ena, query, columns);
  if (answer.outcome === 'refused') {
    const { detail, unknownColumns } = answer;
    return { refused: unknownColumns.length === 0 ? detail : `${detail}; ENA has no column ${unknownColumns.join(', ')} any more` };
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
