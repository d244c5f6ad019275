import { BATCHES_NEEDED } from '../layers/core/planning/learn-pace';
import type { Pace } from '../layers/core/planning/pace';
import { counted } from '../layers/core/words';
import { humanBytes, humanSeconds } from './output';

/** `learned from 12 batches`, or that it is assumed. */
export const learnedText = (learnedFrom: number): string =>
  learnedFrom === 0 ? 'assumed' : `learned from ${counted(learnedFrom, 'batch', 'batches')}`;

/** A pace in words: `assumed: 60 s a batch, 2.0 s a run, 30 MB a second`. */
export function paceText(pace: Pace & { readonly learnedFrom: number; readonly batches?: number }): string {
  const { secondsPerBatch, secondsPerRun, secondsPerByte, learnedFrom, batches = 0 } = pace;
  const speed = secondsPerByte > 0 ? `${humanBytes(1 / secondsPerByte)} a second` : 'no time for bytes';
  const until = learnedFrom === 0 && batches > 0 ? ` until ${BATCHES_NEEDED} batches have told, ${batches} has so far` : '';
  return `${learnedText(learnedFrom)}${until}: ${humanSeconds(secondsPerBatch)} a batch, ${secondsPerRun.toFixed(1)} s a run, ${speed}`;
}

/** `about 12 min 5 s (assumed)` */
export const estimateText = (estimate: { readonly seconds: number; readonly learnedFrom: number } | undefined): string =>
  estimate === undefined ? '' : `${humanSeconds(estimate.seconds)} (${learnedText(estimate.learnedFrom)})`;
