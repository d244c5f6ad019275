import { GetCommandInvocationCommand, SendCommandCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { setTimeout as pause } from 'node:timers/promises';
import type { RoundTrip } from './round-trip';
import { refusalOf, tripOf } from './ssm-answers';

export interface SsmTarget {
  /** The head node's id at Systems Manager, `i-…` or `mi-…`. */
  readonly node: string;
  /** The installation's own Command document. */
  readonly document: string;
}
export interface SsmTimes {
  /** One call of the API. */
  readonly callMs: number;
  /** From sending until the whole answer. */
  readonly answerMs: number;
  readonly firstLookMs: number;
  readonly longestPauseMs: number;
}
/** Delivery takes up to DELIVERY_SECONDS, the gate up to the document's 80 s; usual are one or two seconds in all. */
export const SSM_TIMES: SsmTimes = { callMs: 10_000, answerMs: 95_000, firstLookMs: 250, longestPauseMs: 2_000 };

/** The least that SSM allows. A command that is not begun by then never begins. */
const DELIVERY_SECONDS = 30;
const COMMENT_LIMIT = 100;
const PAUSE_GROWTH = 1.5;

/**
 * Sends one command and looks until it has ended. Sends once: SendCommand has no token that would make a second one the same, so the
 * client must not retry it. Looks as often as it takes, also past errors: just after sending, SSM may not know the invocation yet.
 * @param client made with `maxAttempts: 1`
 * @param request base64, the document's one parameter
 */
export async function ssmRoundTrip(
  client: SSMClient,
  target: SsmTarget,
  comment: string,
  request: string,
  times: SsmTimes = SSM_TIMES,
): Promise<RoundTrip> {
  const startedAt = performance.now();
  const leftMs = (): number => times.answerMs - (performance.now() - startedAt);
  const sent = await send(client, target, comment, request, times);
  if (typeof sent !== 'string') return sent;
  let last = 'nothing was heard of it';
  for (let waitMs = times.firstLookMs; leftMs() > waitMs; waitMs = Math.min(waitMs * PAUSE_GROWTH, times.longestPauseMs)) {
    await pause(waitMs);
    try {
      const look = new GetCommandInvocationCommand({ CommandId: sent, InstanceId: target.node });
      const invocation = await client.send(look, { abortSignal: AbortSignal.timeout(times.callMs) });
      const trip = tripOf(invocation);
      if (trip) return trip;
      last = invocation.StatusDetails ?? invocation.Status ?? last;
    } catch (error) {
      last = error instanceof Error ? error.name : String(error);
    }
  }
  return { outcome: 'unknown', detail: `no whole answer in time: ${last}` };
}

/** The command's id, or what its refusal means. */
async function send(client: SSMClient, { node, document }: SsmTarget, comment: string, request: string, times: SsmTimes) {
  const command = new SendCommandCommand({
    DocumentName: document,
    InstanceIds: [node],
    Parameters: { Request: [request] },
    TimeoutSeconds: DELIVERY_SECONDS,
    Comment: comment.slice(0, COMMENT_LIMIT),
  });
  try {
    const { Command: made } = await client.send(command, { abortSignal: AbortSignal.timeout(times.callMs) });
    return made?.CommandId ?? ({ outcome: 'unknown', detail: 'SendCommand named no command' } as const);
  } catch (error) {
    return refusalOf(error);
  }
}
