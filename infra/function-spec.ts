import type { ZodObject } from 'zod';
import type { Grants } from './grants';

/** Of a function whose specification names none. */
export const MEMORY_MB = 512;

export interface FunctionSpec {
  readonly env: ZodObject;
  readonly layers?: readonly ('ssh' | 'duckdb')[];
  /** `MEMORY_MB` unless told. */
  readonly memoryMb?: number;
  readonly timeoutSeconds?: number;
  /** Of /tmp; 512 unless told. */
  readonly diskMb?: number;
  readonly grants: Grants;
  /** Hands out links to the worker kit. */
  readonly linksKit?: true;
}

/** DuckDB compares 10^6 with 10^6 rows in 404 MB; Node and the rules need the rest. A listing of four million runs is about 1 GB of Parquet. */
export const LISTING = { layers: ['duckdb'], memoryMb: 1769, timeoutSeconds: 900, diskMb: 4096 } as const;
/** One SSH round trip: connect up to 20 s, answer up to 60 s (a Slurm controller that hangs answers after 10 s a question). */
export const BRIDGE = { layers: ['ssh'], timeoutSeconds: 120 } as const;
export const ENDS_JOBS: Grants = { table: 'write', writes: ['reports/'], answers: true };
