import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { keyScopeOf } from '../ids';

const hmac = (key: string, text: string | Buffer): Buffer => createHmac('sha256', key).update(text).digest();

/** Key that signs every message of this attempt's jobs, as lower-case hex; derived, so nothing is stored. */
export const attemptKeyOf = (master: string, jobId: string, attempt: number): string =>
  hmac(master, `${keyScopeOf(jobId)}|${attempt}`).toString('hex');

/** Single-use token that a job trades for its attempt's key; derived, so a function that runs twice hands out the same one. */
export const enrolmentTokenOf = (master: string, jobId: string): string => hmac(master, `enrol|${jobId}`).toString('base64url');

/** All that is kept of a token, of enrolment or of the API: its lower-case hex sha256. */
export const tokenHashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** The value of `X-Trawl-Signature` for a raw body posted to a path. */
export const signatureOf = (key: string, path: string, rawBody: Buffer): string =>
  `v1=${hmac(key, Buffer.concat([Buffer.from(`POST\n${path}\n`), rawBody])).toString('hex')}`;

/** Signs the order to delete what is verified at home, so that nobody who answers in our place makes a worker lose results. */
export const freeSignatureOf = (key: string, jobId: string, accessions: readonly string[]): string =>
  hmac(key, `FREE\n${jobId}\n${accessions.join('\n')}`).toString('hex');

/** Takes the same time wherever two texts differ; texts of unequal length differ at once, and the length is no secret. */
export function sameSecret(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
