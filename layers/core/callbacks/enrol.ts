import { FINAL_JOB_STATUSES, type Job } from '../entities';
import { tokenHashOf, sameSecret } from './keys';

export type EnrolmentRefusal = 'wrong-token' | 'job-ended' | 'expired' | 'token-spent';
export type EnrolmentJudgement = { readonly outcome: 'granted' } | { readonly outcome: 'refused'; readonly reason: EnrolmentRefusal };

/**
 * May this token be traded for the attempt's key? The same nonce is answered again (its first answer may have been lost); another
 * nonce means that the token is in two hands. Pure; the nonce is spent by a conditional write afterwards.
 */
export function judgeEnrolment(job: Job, request: { readonly token: string; readonly nonce: string }, now: Date): EnrolmentJudgement {
  const refused = (reason: EnrolmentRefusal): EnrolmentJudgement => ({ outcome: 'refused', reason });
  // Compared even where the job has no token, so that the time tells nothing.
  if (!sameSecret(tokenHashOf(request.token), job.enrolmentHash ?? 'none')) return refused('wrong-token');
  if (FINAL_JOB_STATUSES.includes(job.status)) return refused('job-ended');
  if (job.enrolmentNonce !== undefined && !sameSecret(job.enrolmentNonce, request.nonce)) return refused('token-spent');
  if (job.enrolmentExpiresAt === undefined || now.toISOString() > job.enrolmentExpiresAt) return refused('expired');
  return { outcome: 'granted' };
}
