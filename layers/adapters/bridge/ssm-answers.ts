import type { GetCommandInvocationCommandOutput } from '@aws-sdk/client-ssm';
import type { RoundTrip } from './round-trip';

const words = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

/** Codes of Node for a connection that was never made. */
const NEVER_CONNECTED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
/** What a person must mend: rights, the document, the setting of the node. */
const NOT_LET_IN =
  /AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature|CredentialsProvider|InvalidDocument|InvalidParameters|Validation/;

/** What an error of SendCommand says of the command: an answer below 500 refused it, a connection never made never brought it; else it may be there. Pure. */
export function refusalOf(error: unknown): RoundTrip {
  const detail = words(error);
  const { $metadata: metadata, code, name } = (error ?? {}) as { $metadata?: { httpStatusCode?: number }; code?: string; name?: string };
  const status = metadata?.httpStatusCode ?? 0;
  const refused = (status >= 400 && status < 500) || name === 'CredentialsProviderError' || NEVER_CONNECTED.test(code ?? '');
  if (!refused) return { outcome: 'unknown', detail };
  return { outcome: 'not-sent', reason: NOT_LET_IN.test(name ?? '') ? 'login-refused' : 'unreachable', detail };
}

type Invocation = Pick<
  GetCommandInvocationCommandOutput,
  'Status' | 'StatusDetails' | 'ResponseCode' | 'StandardOutputContent' | 'StandardErrorContent'
>;

/** Words of `StatusDetails`, with and without blanks, for what never reached the node or was not taken there. */
const NEVER_BEGAN: readonly (readonly [RegExp, 'unreachable' | 'login-refused'])[] = [
  [/^(delivery ?timed ?out|undeliverable|terminated)$/i, 'unreachable'],
  [/^(access ?denied|invalid ?platform)$/i, 'login-refused'],
];
/**
 * Ends of the document's own script before the gate begins: no such account (71, see infra/gate-document.ts), no such program (126, 127),
 * no such file for the interpreter (2). The gate itself ends with 0 whatever it answers.
 */
const BEFORE_THE_GATE: readonly number[] = [2, 71, 126, 127];

/** The end of an invocation as a round trip; undefined while it goes on. Pure. */
export function tripOf(invocation: Invocation): RoundTrip | undefined {
  const { Status: status = '', StatusDetails: details = '', ResponseCode: code = -1, StandardErrorContent: complaint = '' } = invocation;
  if (['', 'Pending', 'InProgress', 'Delayed', 'Cancelling'].includes(status)) return undefined;
  const text = (invocation.StandardOutputContent ?? '').trimEnd();
  if (status === 'Success') return { outcome: 'answered', text: `${text}\n` };
  const detail = `${details || status}, exit ${code}: ${(complaint || text).trim().slice(0, 300)}`;
  const never = NEVER_BEGAN.find(([form]) => form.test(details.trim()));
  if (never) return { outcome: 'not-sent', reason: never[1], detail };
  if (status === 'Failed' && BEFORE_THE_GATE.includes(code)) return { outcome: 'not-sent', reason: 'login-refused', detail };
  // ExecutionTimedOut, Cancelled, Failed: the gate may have done what it was asked before it was ended.
  return { outcome: 'unknown', detail };
}
