/** What still exists of an installation, what of it goes on costing, and what a person does about it. Results at home are none of it: nobody removes them. */
import type { Batch, Worker } from '../entities';
import type { ReapReport } from './records';

/**
 * *alive*: it costs, or starts what does, until somebody ends it. *stored*: kept on purpose, for the price of its storage. *unknown*: it could not be looked at, so nobody
 * may call it gone.
 */
export type LeftoverState = 'alive' | 'stored' | 'none' | 'unknown';
export interface Leftover {
  readonly what: string;
  readonly state: LeftoverState;
  /** How many, and which of them (the first few), in words. */
  readonly detail: string;
  /** What to do about it; absent where there is nothing. */
  readonly todo?: string;
}

/** A count with names, or why it could not be had. */
export type Counted = { readonly count: number; readonly names: readonly string[] } | { readonly unknown: string };
export interface Stored {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
}
export interface InstallationFacts {
  readonly installation: string;
  readonly now: Date;
  /** Functions, machines and rules are deployed. */
  readonly isDeployed: boolean;
  readonly report: ReapReport | undefined;
  readonly workers: readonly Worker[];
  readonly batches: readonly Batch[];
  readonly executions: Counted;
  readonly rules: Counted;
  readonly parameters: Counted;
  readonly bucket: Stored | { readonly unknown: string };
  readonly table: Stored | { readonly unknown: string };
}

/** A look is as good as now for so long; the reaper's schedule is at most an hour, usually two minutes. */
const FRESH_MINUTES = 15;
const SHOWN = 5;

const plural = (count: number, names: readonly string[]): string => {
  const some = names.slice(0, SHOWN).join(', ');
  return some === '' ? String(count) : `${count}: ${some}${names.length > SHOWN ? ', …' : ''}`;
};

function counted(what: string, found: Counted, state: 'alive' | 'stored', todo: string): Leftover {
  if ('unknown' in found) return { what, state: 'unknown', detail: found.unknown, todo: `look at it by hand; ${todo}` };
  return found.count === 0 ? { what, state: 'none', detail: '0' } : { what, state, detail: plural(found.count, found.names), todo };
}

function stored(what: string, found: InstallationFacts['bucket'], detailOf: (found: Stored) => string, todo: string): Leftover {
  if ('unknown' in found) return { what, state: 'unknown', detail: found.unknown, todo: `look at it by hand; ${todo}` };
  return { what, state: 'stored', detail: detailOf(found), todo };
}

const PLACE_TODO = {
  jobs: 'trawl cancel <source> ends those that work; the rest: trawl reap list, or scancel on the head node',
  provider: 'trawl cancel <source> and wait for the heartbeat; the rest: trawl reap list, or destroy them at the provider',
} as const;

/** What the reaper's last look found at the providers and on the cluster. Looking anew takes rights and ways that only it has. */
function placesOf({ report, now, isDeployed, workers }: InstallationFacts): readonly Leftover[] {
  const todo = 'trawl reap now --wait, then ask again; or look at the provider and in squeue';
  if (report === undefined) return [{ what: 'machines and jobs', state: 'unknown', detail: 'the reaper has not looked yet', todo }];
  const isFresh = now.getTime() - Date.parse(report.at) <= FRESH_MINUTES * 60_000;
  // Without functions and without a worker that lives nothing was made since.
  const isLast = !isDeployed && workers.length === 0;
  return report.listed.map(({ place, alive, keys, unknown }) => {
    const what = place === 'jobs' ? 'jobs on the cluster' : `machines at ${place.slice(place.indexOf('/') + 1)}`;
    if (unknown !== undefined || alive === undefined)
      return { what, state: 'unknown', detail: `did not answer at ${report.at}: ${unknown ?? ''}`, todo };
    if (!isFresh && !isLast) return { what, state: 'unknown', detail: `${alive} at ${report.at}, not looked at since`, todo };
    const said = PLACE_TODO[place === 'jobs' ? 'jobs' : 'provider'];
    const found = counted(what, { count: alive, names: keys }, 'alive', said);
    return { ...found, detail: `${found.detail} (at ${report.at})` };
  });
}

const namesOf = (workers: readonly Worker[]): Counted => ({ count: workers.length, names: workers.map(({ workerId }) => workerId) });

/** In the order in which a person ends them. Pure. */
export function leftoversOf(facts: InstallationFacts): readonly Leftover[] {
  const { installation, workers, batches } = facts;
  const held = workers.filter(({ status }) => status === 'held');
  const others = workers.filter(({ status }) => status !== 'held');
  const open = { count: batches.length, names: batches.map(({ batchId }) => batchId) };
  return [
    ...placesOf(facts),
    counted('workers held', namesOf(held), 'alive', 'trawl hold list; then retry, rescue or give-up each: they may have the only copy'),
    counted('workers alive', namesOf(others), 'alive', 'trawl cancel <source>; they go within minutes'),
    counted('batches open', open, 'alive', 'trawl cancel <source>'),
    counted('executions running', facts.executions, 'alive', 'they end by themselves; what waits for a worker ends with its batch'),
    counted('schedules', facts.rules, 'alive', `when all above are none: npx cdk destroy ${installation}-stateless -c config=FILE`),
    counted('SSM parameters', facts.parameters, 'stored', `aws ssm delete-parameter --name NAME, once nothing above needs them`),
    stored(
      'table',
      facts.table,
      ({ name, count, bytes }) => `${name}: about ${count} items, ${bytes} bytes (DynamoDB counts every six hours)`,
      'it is kept when its stack goes, and holds all history; aws dynamodb delete-table where nobody needs it',
    ),
    stored(
      'bucket',
      facts.bucket,
      ({ name, count, bytes }) => `${name}: ${count} objects, ${bytes} bytes; earlier versions of the last 90 days come on top`,
      'it is kept when its stack goes; look below rescued/ before it is emptied and deleted',
    ),
  ];
}

/** Is there anything that goes on costing, or that nobody could look at? */
export const isOver = (leftovers: readonly Leftover[]): boolean => leftovers.every(({ state }) => state === 'none' || state === 'stored');
