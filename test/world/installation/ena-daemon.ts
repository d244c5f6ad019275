import { mkdirSync } from 'node:fs';
import { startStandIn } from '../stand-in';

export interface EnaDaemonOptions {
  readonly stateDir: string;
  /** Generated files are kept here between starts. */
  readonly filesDir: string;
  readonly totalBytes: number;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ena/portal/api/returnFields?result=read_run`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** Starts the ENA stand-in as a process that outlives this one; gives its URL once it answers. What it was told before is forgotten. */
export async function startEnaDaemon({ stateDir, filesDir, totalBytes }: EnaDaemonOptions): Promise<string> {
  mkdirSync(stateDir, { recursive: true });
  const args = ['--files', filesDir, '--total-bytes', String(totalBytes)];
  return startStandIn({ what: 'ENA', main: 'test/world/ena/main.ts', args, stateDir, name: 'ena', answers });
}
