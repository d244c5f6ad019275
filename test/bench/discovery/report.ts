import Table from 'cli-table3';
import type { PlanQuality } from './plan-quality';
import { printUsage, usageFailures, type UsageReport } from './usage/report';
import { FIRST_LIMIT_MB, PANDAS_WAYS, PEAK_LIMIT_MB, type Measured, type Pandas, type PandasWay } from './settings';

export interface Point {
  readonly rows: number;
  /** All rows through the rules. */
  readonly first: Measured;
  readonly second: Measured;
  /** The same work, by each way to find what differs. */
  readonly pandas: Readonly<Record<PandasWay, Pandas>>;
  /** Processor seconds that the digests of one listing take when it is written. */
  readonly digests: number;
}
export interface Report {
  readonly points: readonly Point[];
  readonly plan: readonly PlanQuality[];
  readonly usage: UsageReport;
}

const FASTER = 5;
const RATIO_LIMIT = 1.02;

/** Stated limits that do not hold, in words. Speed is judged at the largest size alone. */
export function failuresOf({ points, plan, usage }: Report): readonly string[] {
  const largest = points.at(-1);
  const slow = largest !== undefined && ratioOf(largest) < FASTER ? [`only ${ratioOf(largest).toFixed(1)} times as fast as pandas`] : [];
  const large = points.flatMap(({ rows, first, second }) =>
    [
      second.peakMb > PEAK_LIMIT_MB && `${rows} runs took ${megabytes(second)}`,
      first.peakMb > FIRST_LIMIT_MB && `the first listing of ${rows} runs took ${megabytes(first)}`,
    ].filter((failure) => failure !== false),
  );
  const other = points.flatMap(({ rows, second, pandas }) => PANDAS_WAYS.flatMap((way) => differences(rows, second, pandas[way])));
  const uneven = plan
    .filter(({ ratio }) => ratio > RATIO_LIMIT)
    .map(({ report, ratio }) => `${report}: makespan ratio ${ratio.toFixed(3)}`);
  const many = plan.filter(({ batches, batchLimit }) => batches > batchLimit).map(({ report, batches }) => `${report}: ${batches} batches`);
  return [...slow, ...large, ...other, ...uneven, ...many, ...usageFailures(usage)];
}

const ratioOf = ({ pandas, second }: Point, way: PandasWay = 'all'): number => pandas[way].seconds / second.seconds;
const cpuRatioOf = ({ pandas, second }: Point, way: PandasWay): number => pandas[way].cpuSeconds / second.cpuSeconds;

/** Work that does not give the same is not the same work. */
function differences(rows: number, trawl: Measured, pandas: Pandas): readonly string[] {
  const shown = (one: Measured | Pandas): string =>
    JSON.stringify([
      ...['new', 'changed', 'missing'].map((change) => one.changes[change]),
      one.dueRuns,
      one.dueBytes,
      [...one.batchBytes].sort((first, second) => second - first),
    ]);
  return shown(trawl) === shown(pandas) ? [] : [`${rows} runs: Trawl and pandas do not find the same`];
}

/** For people. */
export function printReport(report: Report, failures: readonly string[]): string {
  const curve = new Table({
    head: ['runs', 'first listing', 'judged', 'peak', '1 % changed', 'judged', 'peak', 'digests'],
    style: { head: [], border: [] },
    colAligns: Array.from({ length: 8 }, () => 'right' as const),
  });
  for (const { rows, first, second, digests } of report.points) {
    const shown = [first, second].flatMap((one) => [both(one), one.judgedRuns, megabytes(one)]);
    curve.push([rows, ...shown, `${digests.toFixed(2)} s`]);
  }
  const beside = new Table({
    head: ['runs', 'pandas finds what differs', 'takes', 'times', 'times, processor', 'peak'],
    style: { head: [], border: [] },
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right'],
  });
  for (const point of report.points) {
    for (const way of PANDAS_WAYS) {
      const ratios = [ratioOf(point, way), cpuRatioOf(point, way)].map((ratio) => ratio.toFixed(1));
      beside.push([point.rows, IN_WORDS[way], both(point.pandas[way]), ...ratios, megabytes(point.pandas[way])]);
    }
  }
  const plans = new Table({
    head: ['recorded report', 'runs', 'batches', 'at most', 'makespan ratio', 'round robin', 'equal chunks'],
    style: { head: [], border: [] },
  });
  for (const { report: name, runs, batches, batchLimit, ratio, roundRobin, equalChunks } of report.plan) {
    plans.push([name, runs, batches, batchLimit, ...[ratio, roundRobin, equalChunks].map((one) => one.toFixed(3))]);
  }
  return `Seconds on the clock (processor seconds of all threads).\n${curve.toString()}\n${beside.toString()}\n${plans.toString()}\n${printUsage(report.usage)}${verdictOf(failures)}\n`;
}

export const verdictOf = (failures: readonly string[]): string =>
  failures.length === 0 ? 'every stated limit holds' : failures.map((failure) => `does not hold: ${failure}`).join('\n');

const IN_WORDS: Readonly<Record<PandasWay, string>> = {
  all: 'by every column that discovery reads',
  few: 'by five columns alone',
  digest: "by Trawl's digests",
};
const both = ({ seconds, cpuSeconds }: Measured | Pandas): string => `${seconds.toFixed(2)} s (${cpuSeconds.toFixed(2)})`;
const megabytes = ({ peakMb }: Measured | Pandas): string => `${Math.round(peakMb)} MB`;
