/** A size that a provider of machines offers now. */
export interface OfferedSize {
  readonly slug: string;
  readonly available: boolean;
  readonly regions: readonly string[];
  readonly cpus: number;
  readonly memoryMb: number;
  readonly diskGb: number;
  readonly dollarsPerHour: number;
}
export interface SizeNeed {
  readonly cpus: number;
  readonly memoryMb: number;
  readonly diskGb: number;
}
export interface SizeLimits {
  /** Where machines may stand, the best first. */
  readonly regions: readonly string[];
  readonly maxDollarsPerHour: number;
}
export interface SizeChoice {
  readonly size: string;
  readonly region: string;
  readonly dollarsPerHour: number;
}

/** So many places are tried for one machine; what has none of them is full, and a later attempt asks anew. */
const MOST_CHOICES = 6;

/** Whether a size in a region may be chosen: *last* after all that *may*. */
export type Judge = (choice: Pick<SizeChoice, 'size' | 'region'>) => 'may' | 'last' | 'never';

/**
 * Where a machine for this need may be made: the cheapest first, at one price in the order of the regions; those that are to be avoided last. Pure; empty when
 * nothing fits.
 */
export const chooseSizes = (
  sizes: readonly OfferedSize[],
  need: SizeNeed,
  limits: SizeLimits,
  judge: Judge = () => 'may',
): readonly SizeChoice[] =>
  sizes
    .filter((size) => size.available && fits(size, need) && size.dollarsPerHour <= limits.maxDollarsPerHour)
    .toSorted((one, other) => one.dollarsPerHour - other.dollarsPerHour || one.slug.localeCompare(other.slug))
    .flatMap(({ slug, regions, dollarsPerHour }) =>
      limits.regions.filter((region) => regions.includes(region)).map((region) => ({ size: slug, region, dollarsPerHour })),
    )
    .filter((choice) => judge(choice) !== 'never')
    .toSorted((one, other) => Number(judge(one) === 'last') - Number(judge(other) === 'last'))
    .slice(0, MOST_CHOICES);

const fits = (size: OfferedSize, need: SizeNeed): boolean =>
  size.cpus >= need.cpus && size.memoryMb >= need.memoryMb && size.diskGb >= need.diskGb;
