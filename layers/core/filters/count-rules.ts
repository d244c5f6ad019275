import { z } from 'zod';
import { NOT_GIVEN, type Candidate, type RuleKind } from './rule-kind';

const Count = z.number().int().positive();
const NotGiven = z
  .enum(NOT_GIVEN)
  .optional()
  .describe('a run whose count ENA does not know (empty or 0: PacBio, ONT, BAM); include when not set');

export interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}
type KnownRange = Range & { readonly notGiven?: (typeof NOT_GIVEN)[number] | undefined };

/** At least one end, and the lower one not above the upper one. */
const checked = <P extends Range>(range: z.ZodType<P>): z.ZodType<P> =>
  range.check(({ value, issues }) => {
    const { min, max } = value;
    if (min === undefined && max === undefined) issues.push({ code: 'custom', input: value, message: 'needs min, max or both' });
    if (min !== undefined && max !== undefined && min > max) {
      issues.push({ code: 'custom', input: value, path: ['max'], message: `contradicts min: ${max} is less than ${min}` });
    }
  });
const rangeOf = (count: z.ZodNumber) => ({
  min: count.optional().describe('left out below it'),
  max: count.optional().describe('left out above it'),
});

const outside = (count: number, unit: string, { min, max }: Range): string | undefined => {
  if (min !== undefined && count < min) return `${count} ${unit}, fewer than ${min}`;
  return max !== undefined && count > max ? `${count} ${unit}, more than ${max}` : undefined;
};

/** A count as ENA lists it; unknown is neither too few nor too many unless a source says so. */
const listedCount = (column: 'base_count' | 'read_count', unit: string, description: string, example: Range): RuleKind<KnownRange> => ({
  description,
  columns: [column],
  parameters: checked(z.strictObject({ ...rangeOf(Count), notGiven: NotGiven })),
  example,
  judge: (range) => {
    const unknown = range.notGiven === 'exclude' ? `${column} is not given` : undefined;
    return ({ row }) => {
      const count = Number(row[column]);
      return count > 0 ? outside(count, unit, range) : unknown;
    };
  },
});
export const baseCount = listedCount('base_count', 'bases', 'bases of all files of the run', { min: 1_000_000 });
export const readCount = listedCount('read_count', 'reads', 'reads of the run; a pair counts once', { min: 10_000, max: 100_000_000 });

const ofFiles = (
  count: (candidate: Candidate) => number,
  unit: string,
  columns: RuleKind<Range>['columns'],
  texts: { readonly description: string; readonly example: Range; readonly largest?: number },
): RuleKind<Range> => ({
  description: texts.description,
  columns,
  parameters: checked(z.strictObject(rangeOf(texts.largest === undefined ? Count : Count.max(texts.largest)))),
  example: texts.example,
  judge: (range) => (candidate) => outside(count(candidate), unit, range),
});
export const runBytes = ofFiles(({ filesBytes }) => filesBytes, 'bytes', ['fastq_bytes'], {
  description: 'bytes of the files that would be fetched',
  example: { max: 500_000_000_000 },
});
export const fileCount = ofFiles(({ fileCount: files }) => files, 'files', ['fastq_ftp', 'fastq_md5', 'fastq_bytes'], {
  description: 'number of files that would be fetched: 2 for a pair, else 1, whatever the layout says',
  example: { min: 2 },
  largest: 2,
});

export interface Depth {
  readonly genomeBases: number;
  readonly depth: number;
  readonly notGiven?: (typeof NOT_GIVEN)[number] | undefined;
}
/** Bases that a run needs at least. */
export const basesFor = ({ genomeBases, depth }: Depth): number => Math.ceil(genomeBases * depth);

export const minDepth: RuleKind<Depth> = {
  description: 'bases of the run against genome size × depth',
  columns: ['base_count'],
  parameters: z.strictObject({
    genomeBases: Count.describe('size of the genome in bases'),
    depth: z.number().positive().max(1_000_000).describe('how often each base is to be covered'),
    notGiven: NotGiven,
  }),
  example: { genomeBases: 4_600_000, depth: 20 },
  judge: (parameters) => {
    const { genomeBases, depth, notGiven } = parameters;
    const needed = basesFor(parameters);
    const unknown = notGiven === 'exclude' ? 'base_count is not given' : undefined;
    return ({ row }) => {
      const count = Number(row.base_count);
      if (!(count > 0)) return unknown;
      return count < needed ? `${count} bases, fewer than ${needed} (${depth} times a genome of ${genomeBases})` : undefined;
    };
  },
};
