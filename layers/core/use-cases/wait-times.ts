import type { Worker } from '../entities';

/** A wait is never shorter than this, so that a deadline that has passed does not turn into a busy loop. */
export const SHORTEST_WAIT_SECONDS = 60;
/** One wait for *swept*; the sweeps themselves are retried by their schedule meanwhile. */
export const SWEEP_WAIT_SECONDS = 6 * 3600;
/** Wait after a deadline has passed: the probe cancels the job a minute after it, and Slurm takes its time to end one. */
export const OVERTIME_SECONDS = 300;

const secondsUntil = (time: string, now: Date): number => Math.ceil((Date.parse(time) - now.getTime()) / 1000);

/** Seconds of one wait for *started*. */
export const startTimeoutSeconds = (worker: Pick<Worker, 'startDeadline'>, now: Date): number =>
  Math.max(SHORTEST_WAIT_SECONDS, secondsUntil(worker.startDeadline, now));
/** Seconds of one wait for *ended*. */
export const runTimeoutSeconds = (worker: Pick<Worker, 'deadline'>, now: Date): number =>
  Math.max(OVERTIME_SECONDS, secondsUntil(worker.deadline, now) + OVERTIME_SECONDS);
/** Seconds that a worker was given to start: what a further wait for it is given again. */
export const startWindowSeconds = (worker: Pick<Worker, 'requestedAt' | 'startDeadline'>): number =>
  Math.max(SHORTEST_WAIT_SECONDS, secondsUntil(worker.startDeadline, new Date(worker.requestedAt)));

/**
 * Seconds that a verification may take in all: half an hour in the queue, then 20 MB/s, which is a slow shared disk under load.
 * @param bytes of the files to be hashed
 */
export const verifyTimeoutSeconds = (bytes: number): number => 1800 + verifyMinutes(bytes) * 60;
/** Time limit of a verify or index job in minutes. */
export const verifyMinutes = (bytes: number): number => 10 + Math.ceil(bytes / 20e6 / 60);

/**
 * Seconds until a failed sweep is tried again: 30, 60, 120 … never beyond 900.
 * @param failures failed sweeps so far, from 1
 */
export const sweepRetrySeconds = (failures: number): number => Math.min(900, 30 * 2 ** (Math.max(1, failures) - 1));
