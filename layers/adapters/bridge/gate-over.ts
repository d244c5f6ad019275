import type { z } from 'zod';
import type { Asked, Gate } from '../../core/ports/outside';
import { CancelAnswer, CapabilitiesAnswer, DiskAnswer, StatusAnswer, SubmitAnswer, TailAnswer } from '../../core/wire';
import type { RoundTrip } from './round-trip';

export type Verb = keyof Gate;

/** Brings one request (JSON text) under a verb to the gate and its answer back, once. Never rejects for what a network may do. */
export type Carry = (verb: Verb, request: string) => Promise<RoundTrip>;

/**
 * The gate's verbs over whatever carries them: one JSON object there, one JSON line back. An answer that is not whole, or is not what the
 * contract says, is *unknown*. Only what failed before the request was sent is surely not done.
 */
export function gateOver(carry: Carry): Gate {
  const send = (verb: Verb, request: object): Promise<RoundTrip> => carry(verb, JSON.stringify({ v: 1, ...request }));
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
