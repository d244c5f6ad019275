import Table from 'cli-table3';
import type { EnaRequests } from './ena-requests';
import { combined, dollarsOf, PRICES, USES, type Part, type Usage } from './prices';
import type { Lived } from './world';

const DOLLARS_LIMIT = 5;
const MILLION = 1e6;
const HOURS_PER_MONTH = 730;
const TICKS_PER_HOUR = 6;
const SHOWN_PARTS = 8;

export interface UsageReport {
  readonly ena: readonly EnaRequests[];
  readonly lived: Lived;
}

/** Of the work alone: what the schedules' ticks take in as many idle hours is taken off. */
const perMillion = ({ runs, busy, busyHours, idleHour }: Lived): Usage =>
  combined(busy, idleHour, (used, idle) => (Math.max(0, used - idle * busyHours) * MILLION) / runs);

const dollarsPerMillion = (lived: Lived): number => dollarsOf(perMillion(lived));
/** With ticks as they are deployed, ten times as often as they were lived through. */
const idleDollarsPerMonth = ({ idleHour }: Lived): number => (dollarsOf(idleHour) * HOURS_PER_MONTH * 60) / TICKS_PER_HOUR;

export const usageFailures = ({ lived }: UsageReport): readonly string[] =>
  dollarsPerMillion(lived) > DOLLARS_LIMIT ? [`a million new runs cost ${dollarsPerMillion(lived).toFixed(2)} dollars`] : [];

/** The largest of each use, of one run, without idle ticks. */
function largestParts({ runs, busyHours, busyParts, idleParts }: Lived): string {
  const table = new Table({ head: ['of one new run', 'asked for by'], style: { head: [], border: [] } });
  for (const part of Object.keys(busyParts) as readonly Part[]) {
    const used = Object.entries(busyParts[part])
      .map(([name, count]) => [name, (count - (idleParts[part][name] ?? 0) * busyHours) / runs] as const)
      .filter(([, each]) => each > 0)
      .sort(([, one], [, other]) => other - one);
    table.push([
      part,
      used
        .slice(0, SHOWN_PARTS)
        .map(([name, each]) => `${name} ${each.toFixed(4)}`)
        .join('\n'),
    ]);
  }
  return table.toString();
}

/** For people. */
export function printUsage({ ena, lived }: UsageReport): string {
  const asked = ena.map(
    ({ runs, counts, searches }) => `${runs} runs: ${counts + searches} requests to ENA (${counts} counts, ${searches} searches)\n`,
  );
  const table = new Table({
    head: ['per million new runs', 'of it', 'dollars'],
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'right'],
  });
  const used = perMillion(lived);
  for (const name of Object.keys(USES) as readonly (keyof Usage)[])
    table.push([name, Math.round(used[name]), dollarsOf(used, name).toFixed(2)]);
  table.push(['together', '', dollarsPerMillion(lived).toFixed(2)]);
  const from = `counted over ${lived.runs} runs in ${lived.batches} batches; list prices of ${PRICES.region}, ${PRICES.asOf} (${PRICES.source})`;
  return `${asked.join('')}${table.toString()}\n${largestParts(lived)}\n${from}\nidle ticks: ${idleDollarsPerMonth(lived).toFixed(2)} dollars a month\n`;
}
