import { randomUUID } from 'node:crypto';
import { sleep } from '../../world/aws/processes';
import type { Place } from './place';

const REAPER = 'reap-workers';
/** Longer than the reaper leaves between two looks. */
const OLDER_MILLISECONDS = 60_000;

/** One cycle of the reaper, to its end. @returns how it ended */
export async function reap({ machines }: Pick<Place, 'machines'>): Promise<string | undefined> {
  const id = `test-${randomUUID()}`;
  await machines.start(REAPER, id, { id });
  for (;;) {
    const status = await machines.status(REAPER, id);
    if (status !== 'RUNNING') return status;
    await sleep(300);
  }
}

/** As if time had passed: what it has marked has been so for a minute longer. */
export async function ageMarks({ stores }: Pick<Place, 'stores'>): Promise<void> {
  const report = await stores.reaps.report();
  if (report === undefined) throw new Error('the reaper has reported nothing');
  const older = (time: string): string => new Date(Date.parse(time) - OLDER_MILLISECONDS).toISOString();
  await stores.reaps.putReport({ ...report, marks: report.marks.map((mark) => ({ ...mark, since: older(mark.since) })) });
}

/** It looks twice: what it marks it acts upon. @returns how both cycles ended */
export async function reapTwice(place: Place): Promise<readonly (string | undefined)[]> {
  const first = await reap(place);
  await ageMarks(place);
  return [first, await reap(place)];
}
