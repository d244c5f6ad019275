import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import { settings } from './environment';
import { logFailure, logOutcome } from './telemetry';

/**
 * Entry of a function: the environment is parsed once per cold start, the event once per call, and each call writes one line.
 * What is thrown leaves by its name, a `ZodError` too: Step Functions decides by name who retries.
 */
export const taskLambda = <E, I, O>(
  env: z.ZodType<E>,
  input: z.ZodType<I>,
  build: (env: E) => (input: I) => Promise<O>,
): ((event: unknown, context: Context) => Promise<O>) => {
  const run = build(settings(env));
  return async (event, context) => {
    const call = { requestId: context.awsRequestId, startedAtMs: Date.now() };
    return middy<unknown, O>()
      .before((request) => {
        request.event = input.parse(request.event);
      })
      .after(({ event: parsed, response }) => logOutcome(parsed, response, call))
      .onError(({ event: given, error }) => logFailure(given, error, call))
      .handler((parsed) => run(parsed as I))(event, context);
  };
};
