interface Timed {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

/** One of several measurements of the same work: times are medians, each for itself; memory is the highest. */
export function medianOf<T extends Timed>(measured: readonly T[]): T {
  const [first] = measured;
  if (first === undefined) throw new RangeError('nothing was measured');
  const median = (key: keyof Timed): number => {
    const sorted = measured.map((one) => one[key]).sort((one, other) => one - other);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  };
  return {
    ...first,
    seconds: median('seconds'),
    cpuSeconds: median('cpuSeconds'),
    peakMb: Math.max(...measured.map(({ peakMb }) => peakMb)),
  };
}
