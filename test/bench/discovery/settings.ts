import { z } from 'zod';

export const SOURCE_ID = 'taxon:2';
/** The defaults of the configuration, and the workers of the earlier systems' figures. */
export const CAPS = { maxRuns: 250, maxBytes: 200_000_000_000 } as const;
export const WORKERS = 50;
/** Longest batch by the pace that is assumed before any batch has told. */
export const MAX_MINUTES = 720;

/** Of the whole process, at its highest (VmHWM). More fails the benchmark. */
export const PEAK_LIMIT_MB = 512;
/** A first listing, which puts every row through the rules, has what the smaller of the two functions is deployed with. */
export const FIRST_LIMIT_MB = 1024;
/** What the limit is kept by: V8's heap; DuckDB's own limit is the function's. */
export const HEAP_LIMIT_MB = 160;

const Numbers = z.record(z.string(), z.number());
/** `cpuSeconds`: of all threads together, which another load on the machine disturbs less. */
const Answer = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakMb: z.number(),
  dueRuns: z.number(),
  dueBytes: z.number(),
  batchBytes: z.array(z.number()),
  changes: Numbers,
});
export const Measured = Answer.extend({
  compareSeconds: z.number(),
  planSeconds: z.number(),
  judgedRuns: z.number(),
  requests: z.object({ gets: z.number(), puts: z.number() }),
});
export type Measured = z.infer<typeof Measured>;
/** `phases`: seconds to read, compare, filter and plan. */
export const Pandas = Answer.extend({ phases: Numbers });
export type Pandas = z.infer<typeof Pandas>;

/** How the program in pandas finds what differs: by every column that discovery reads, by five alone, or by Trawl's own digests. */
export const PANDAS_WAYS = ['all', 'few', 'digest'] as const;
export type PandasWay = (typeof PANDAS_WAYS)[number];
