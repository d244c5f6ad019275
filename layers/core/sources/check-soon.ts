import type { Source } from '../entities';

/**
 * What has a source checked as soon as a cycle of it may start. The end of a cycle and that of a publication say anew when it is checked next: only a check that is
 * asked for outlives them. Pure.
 */
export function checkSoon({ cycleRunning, phase }: Pick<Source, 'cycleRunning' | 'phase'>, now: Date): Partial<Source> {
  const isUnderWay = cycleRunning || phase === 'running' || phase === 'publishing';
  return isUnderWay ? { checkRequested: true } : { nextCheckAt: now.toISOString() };
}
