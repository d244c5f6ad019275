import type { DuckDBConnection } from '@duckdb/node-api';
import type { RunState } from '../../core/discovery/documents';

/** Makes the table `live` of the states that changed since the records were written. */
export async function loadLive(connection: DuckDBConnection, live: ReadonlyMap<string, RunState>): Promise<void> {
  await connection.run('CREATE TABLE live (accession VARCHAR, state VARCHAR)');
  const appender = await connection.createAppender('live');
  for (const [accession, state] of live) {
    appender.appendVarchar(accession);
    appender.appendVarchar(state);
    appender.endRow();
  }
  appender.closeSync();
}
