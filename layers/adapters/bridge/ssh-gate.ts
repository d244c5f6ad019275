import type { z } from 'zod';
import type { Asked, Gate } from '../../core/ports/outside';
import { CancelAnswer, CapabilitiesAnswer, DiskAnswer, StatusAnswer, SubmitAnswer, TailAnswer } from '../../core/wire';
import { sshRoundTrip, SSH_TIMES, type RoundTrip, type SshTarget, type SshTimes } from './ssh-round-trip';

type Verb = keyof Gate;

/**
 * The gate over SSH: a pinned host key, the verb as the whole command, one JSON object in, one JSON line out. An answer that is not
 * whole, or is not what the contract says, is *unknown*. Only what failed before the command was sent is surely not done.
 * @param privateKey the bridge's own key, read anew for each call
 */
export function sshGate(target: SshTarget, privateKey: () => Promise<string>, times: SshTimes = SSH_TIMES): Gate {
  const send = async (verb: Verb, request: object): Promise<RoundTrip> =>
    sshRoundTrip(target, await privateKey(), verb, JSON.stringify({ v: 1, ...request }), times);
  const ask = async <T>(verb: Verb, request: object, schema: z.ZodType<T>): Promise<Asked<T>> => read(await send(verb, request), schema);
  return {
    submit: async (request) => {
      const trip = await send('submit', request);
      if (trip.outcome === 'not-sent') return { gate: 1, outcome: 'failed', reason: trip.reason, detail: trip.detail };
      const asked = read(trip, SubmitAnswer);
      return asked.outcome === 'answered' ? asked.answer : asked;
    },
    status: (jobs, installation) => {
      // The gate refuses fields that it does not know, and callers may hold more of a job than these two.
      const asked = jobs.map(({ jobId, key }) => ({ jobId, key }));
      return ask('status', { jobs: asked, ...(installation !== undefined && { installation }) }, StatusAnswer);
    },
    tail: (jobId, file, bytes) => ask('tail', { jobId, file, bytes }, TailAnswer),
    cancel: (jobId, key) => ask('cancel', { jobId, key }, CancelAnswer),
    disk: () => ask('disk', {}, DiskAnswer),
    capabilities: () => ask('capabilities', {}, CapabilitiesAnswer),
  };
}

function read<T>(trip: RoundTrip, schema: z.ZodType<T>): Asked<T> {
  if (trip.outcome === 'not-sent') return { outcome: 'unknown', detail: `${trip.reason}: ${trip.detail}` };
  if (trip.outcome === 'unknown') return trip;
  const answer = schema.safeParse(lineOf(trip.text));
  if (answer.success) return { outcome: 'answered', answer: answer.data };
  return { outcome: 'unknown', detail: `the answer is not the gate's: ${trip.text.slice(0, 200)}` };
}

/** The one line of an answer; undefined unless it is a whole line of JSON and nothing else. */
function lineOf(text: string): unknown {
  if (!text.endsWith('\n')) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
