import Table from 'cli-table3';
import type { PlanQuality } from './plan-quality';
import { PEAK_LIMIT_MB, type Measured, type Pandas } from './settings';

export interface Point {
  readonly rows: number;
  /** All rows through the rules. */
  readonly first: Measured;
  readonly second: Measured;
  /** The same work; and one that looks for changes in five columns alone. */
  readonly pandas: Pandas;
  readonly narrow: Pandas;
}
export interface Report {
  readonly points: readonly Point[];
  readonly plan: readonly PlanQuality[];
}

const FASTER = 5;
const RATIO_LIMIT = 1.02;

/** Stated limits that do not hold, in words. Speed is judged at the largest size alone. */
export function failuresOf({ points, plan }: Report): readonly string[] {
  const largest = points.at(-1);
  const slow = largest !== undefined && ratioOf(largest) < FASTER ? [`only ${ratioOf(largest).toFixed(1)} times as fast as pandas`] : [];
  const large = points.flatMap(({ rows, first, second }) =>
    [first, second].filter(({ peakMb }) => peakMb > PEAK_LIMIT_MB).map(({ peakMb }) => `${rows} runs took ${Math.round(peakMb)} MB`),
  );
  const other = points.flatMap(({ rows, second, pandas, narrow }) => [pandas, narrow].flatMap((one) => differences(rows, second, one)));
  const uneven = plan
    .filter(({ ratio }) => ratio > RATIO_LIMIT)
    .map(({ report, ratio }) => `${report}: makespan ratio ${ratio.toFixed(3)}`);
  const many = plan.filter(({ batches, batchLimit }) => batches > batchLimit).map(({ report, batches }) => `${report}: ${batches} batches`);
  return [...slow, ...large, ...other, ...uneven, ...many];
}

const ratioOf = ({ pandas, second }: Point): number => pandas.seconds / second.seconds;

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
    head: [
      'runs',
      'first listing',
      'judged',
      '1 % changed',
      'judged',
      'pandas',
      'times',
      'pandas, 5 columns',
      'times',
      'peak MB',
      'pandas MB',
    ],
    style: { head: [], border: [] },
    colAligns: Array.from({ length: 11 }, () => 'right' as const),
  });
  for (const point of report.points) {
    const { rows, first, second, pandas, narrow } = point;
    const [whole, five] = [ratioOf(point), narrow.seconds / second.seconds];
    curve.push([
      ...[rows, seconds(first), first.judgedRuns, seconds(second), second.judgedRuns, seconds(pandas), whole.toFixed(1)],
      ...[seconds(narrow), five.toFixed(1), `${Math.round(first.peakMb)}, ${Math.round(second.peakMb)}`, Math.round(pandas.peakMb)],
    ]);
  }
  const plans = new Table({
    head: ['recorded report', 'runs', 'batches', 'at most', 'makespan ratio', 'round robin', 'equal chunks'],
    style: { head: [], border: [] },
  });
  for (const { report: name, runs, batches, batchLimit, ratio, roundRobin, equalChunks } of report.plan) {
    plans.push([name, runs, batches, batchLimit, ...[ratio, roundRobin, equalChunks].map((one) => one.toFixed(3))]);
  }
  const verdict = failures.length === 0 ? 'every stated limit holds' : failures.map((failure) => `does not hold: ${failure}`).join('\n');
  return `${curve.toString()}\n${plans.toString()}\n${verdict}\n`;
}

const seconds = (one: { readonly seconds: number }): string => `${one.seconds.toFixed(2)} s`;
