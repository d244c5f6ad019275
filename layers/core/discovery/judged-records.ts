import type { ListingTables, Workspace } from '../ports/listings';
import type { RunRecord } from './documents';

/** Records written as JSON at a time: Parquet is a tenth of their size, and a function's disk is small. */
const PART_RECORDS = 50_000;

/** Takes the records that were judged, and writes down what is due of them. */
export interface JudgedRecords {
  write(records: readonly RunRecord[]): Promise<void>;
  /** Parquet files with all records, at least one; `due.jsonl` is whole then. */
  end(): Promise<{ readonly parts: readonly string[]; readonly judgedRuns: number }>;
}

/** `judged-<n>.parquet` and, in the form of a plan, `due.jsonl`. */
export function judgedRecords(tables: Pick<ListingTables, 'recordsToParquet'>, workspace: Workspace): JudgedRecords {
  const due = workspace.writer('due.jsonl');
  const parts: string[] = [];
  let judgedRuns = 0;
  let inPart = 0;
  let part = workspace.writer('judged.jsonl');
  const closePart = async (): Promise<void> => {
    await part.end();
    const path = workspace.path(`judged-${parts.length + 1}.parquet`);
    await tables.recordsToParquet(workspace.path('judged.jsonl'), path);
    parts.push(path);
    inPart = 0;
  };
  const write = async (records: readonly RunRecord[]): Promise<void> => {
    if (inPart >= PART_RECORDS) {
      await closePart();
      part = workspace.writer('judged.jsonl');
    }
    inPart += records.length;
    judgedRuns += records.length;
    await part.write(lines(records));
    const planned = records.filter(({ state }) => state === 'due');
    await due.write(lines(planned.map(({ accession, filesHash, files, metadata }) => ({ accession, filesHash, files, metadata }))));
  };
  const end = async () => {
    await closePart();
    await due.end();
    return { parts, judgedRuns };
  };
  return { write, end };
}

const lines = (values: readonly unknown[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');
