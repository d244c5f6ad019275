import type { Context } from 'aws-lambda';
import type { z } from 'zod';
import type { PageAnswer } from '../core/api/page-answer';
import { settings } from './environment';
import { logAnswer } from './telemetry';

/** Entry of the function that serves a page to anyone. One line of log per request. */
export const pageLambda = <E>(env: z.ZodType<E>, build: (env: E) => () => Promise<PageAnswer>) => {
  const serve = build(settings(env));
  return async (_event: unknown, context: Context): Promise<PageAnswer> => {
    const startedAtMs = Date.now();
    const answer = await serve();
    logAnswer(answer.statusCode, 'nobody', {}, { requestId: context.awsRequestId, startedAtMs, place: 'GET /' });
    return answer;
  };
};
