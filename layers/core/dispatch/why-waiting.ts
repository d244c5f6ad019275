import type { Batch, Source } from '../entities';
import type { CapCounter, HomeSpace } from '../records';
import { ageSeconds, STALE_SECONDS } from '../use-cases/home-space';
import { overBudget, overBudgetText, type Budget, type Committed } from '../money/budget';
import { TASKS_SCOPE } from './counted-in';
import { capsFor, fullCap, PULLING, waitingReasons, type Caps, type WaitingReason } from './eligibility';

/** Why a planned batch is not dispatched yet: a code, and the cause in words. It goes by itself unless the words name a person. */
export interface Waits {
  readonly code: string;
  readonly text: string;
}
/** What all batches wait for alike. */
export interface Standing {
  readonly now: Date;
  readonly caps: Caps;
  readonly counters: readonly CapCounter[];
  /** Absent: it was never measured. */
  readonly home?: HomeSpace | undefined;
  readonly budget: Budget;
  readonly committed: Committed;
  /** See `waitsForParents`. */
  readonly hasOpenParents: (batch: Batch) => boolean;
}

const TEXTS: Readonly<Record<WaitingReason, string>> = {
  'not-planned': 'it is not planned any more',
  'source-missing': 'its source is not followed any more',
  'plan-not-committed': 'its plan is being stored',
  paused: 'its source is paused, until a person resumes it',
  priority: 'its priority is 0 or -1, at which nothing begins',
  attention: 'its source needs a person',
  approval: 'its plan waits for approval by a person',
  'backing-off': 'it pauses after a failed attempt',
  'attempts-used-up': 'its attempts are used up',
  'cancel-requested': 'it is being cancelled',
  parents: 'it works on what other batches bring home, and they are not over',
  'no-provider': 'no provider that it may go to is configured',
};
const size = (bytes: number): string => {
  const power = bytes < 1000 ? 0 : Math.min(5, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${['B', 'kB', 'MB', 'GB', 'TB', 'PB'][power] ?? 'B'}`;
};

/** The first thing that a planned batch waits for; undefined where it goes with the next heartbeat. Pure. */
export function waitsFor(batch: Batch, source: Source | undefined, standing: Standing): Waits | undefined {
  const { caps, counters, home, now } = standing;
  const [reason] = waitingReasons(batch, source, now, Object.keys(caps.providers), standing.hasOpenParents(batch));
  if (reason !== undefined) return { code: reason, text: TEXTS[reason] };
  if (home === undefined || ageSeconds(home, now) > STALE_SECONDS) return { code: 'cap:home-unknown', text: unknownText(home) };
  const ways = batch.providers.filter((name) => name in caps.providers);
  const full = ways.map((provider) => fullCap(capsFor(caps, batch, provider, home.freeBytes), counters, batch.bytes));
  const [first] = full;
  if (first === undefined || full.includes(undefined)) {
    const isPulled = ways.every((name, index) => full[index] !== undefined || PULLING.includes(name));
    return isPulled ? { code: 'claim', text: 'it waits for a site to claim it' } : moneyWait(batch, standing);
  }
  return { code: `cap:${first}`, text: first === 'home' ? homeText(batch, standing, home) : capText(first, batch, standing) };
}

function capText(scope: string, batch: Batch, { caps, counters, home }: Standing): string {
  const { providers } = batch;
  const provider = scope.startsWith('provider/') ? scope.slice('provider/'.length) : (providers[0] ?? '');
  const { maxWorkers: most = 0, each } = capsFor(caps, batch, provider, home?.freeBytes ?? 0).find((cap) => cap.scope === scope) ?? {};
  const used = counters.find((counter) => counter.scope === scope)?.workers ?? 0;
  if (scope === TASKS_SCOPE)
    return `no room for its tasks on the cluster: it takes ${each} places in the queue, ${used} of ${most} are taken`;
  return `all places of ${scope.replace('/', ' ')} are taken: ${used} of ${most}`;
}

/** What it needs was worked out when it was last tried; what is spent and reserved is as it stands now. */
function moneyWait({ needs }: Batch, { committed, budget }: Standing): Waits | undefined {
  const over = needs === undefined ? undefined : overBudget(committed, needs.dollars, budget);
  return over && { code: over.scope.replace('/', ':'), text: overBudgetText(over) };
}

const unknownText = (home: HomeSpace | undefined): string =>
  home === undefined
    ? 'free space at home is not measured yet'
    : `free space at home was last measured at ${home.measuredAt}; the head node is asked again`;

function homeText({ bytes }: Batch, { caps, counters }: Standing, { freeBytes, measuredAt }: HomeSpace): string {
  const underWay = counters.find(({ scope }) => scope === 'home')?.bytes ?? 0;
  const needed = `it needs ${size(bytes * caps.homeFactor)}`;
  return `no room at home: ${needed}; ${size(freeBytes)} are free (at ${measuredAt}), ${size(caps.homeFreeBytesMin)} stay free, ${size(underWay * caps.homeFactor)} are promised to batches under way`;
}
