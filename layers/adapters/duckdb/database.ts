import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';

export interface DuckDbOptions {
  /** Beyond it DuckDB spills to `scratchDirectory`. */
  readonly memoryMb: number;
  readonly threads: number;
  readonly scratchDirectory: string;
}

/** A database in memory for the time of one use. Extensions are never looked for: what is needed is built in. */
export async function withDuckDb<T>(options: DuckDbOptions, use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await openDuckDb(options);
  const connection = await instance.connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

export const openDuckDb = ({ memoryMb, threads, scratchDirectory }: DuckDbOptions): Promise<DuckDBInstance> =>
  DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryMb}MB`,
    threads: String(threads),
    temp_directory: scratchDirectory,
    home_directory: scratchDirectory,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'false',
  });

export type SqlRow = Record<string, DuckDBValue>;

/** All rows of a small result. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  values: Record<string, DuckDBValue> = {},
): Promise<readonly SqlRow[]> {
  const reader = await connection.runAndReadAll(sql, values);
  return reader.getRowObjects();
}

/** Names of the columns of a Parquet file. */
export const columnsOf = async (connection: DuckDBConnection, path: string): Promise<readonly string[]> =>
  (await connection.runAndReadAll(`SELECT * FROM ${parquet(path)} LIMIT 0`)).columnNames();

/** A result chunk by chunk, so that its size does not matter. */
export async function* chunksOf(
  connection: DuckDBConnection,
  sql: string,
  values: Record<string, DuckDBValue>,
): AsyncGenerator<readonly SqlRow[]> {
  const result = await connection.stream(sql, values);
  const names = result.deduplicatedColumnNames();
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    yield chunk.getRowObjects(names);
  }
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const parquet = (path: string): string => `read_parquet(${quoteText(path)})`;
/** Listings and records are wide: DuckDB holds a whole row group per thread in memory, read or written. */
export const PARQUET = '(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)';
