import { z } from 'zod';
import { enrolWorker, giveLinks, hearCallback, type CallbackDeps, type HttpAnswer } from '../../layers/core/callbacks/serve';
import { CALLBACK_LIMIT_BYTES } from '../../layers/core/wire';

/** The part of an API Gateway proxy event that a callback is judged by. Header names come in any case. */
export const Input = z.object({
  path: z.string().nullish(),
  pathParameters: z.object({ proxy: z.string() }).nullish(),
  headers: z.record(z.string(), z.string().optional()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});
export type Input = z.infer<typeof Input>;

export interface Output {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const answer = ({ status, body }: HttpAnswer): Output => ({
  statusCode: status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/**
 * `POST /callbacks/enrol`, `POST /callbacks/{jobId}` (contract 7) and `POST /callbacks/{jobId}/links`. Running it twice is safe: a token is spent with one nonce,
 * a message is applied along the transition table and a repeat is acknowledged without effect.
 */
export const acceptCallbackHandler =
  (deps: CallbackDeps) =>
  async (event: Input): Promise<Output> => {
    const rawBody = Buffer.from(event.body ?? '', event.isBase64Encoded === true ? 'base64' : 'utf8');
    if (rawBody.length > CALLBACK_LIMIT_BYTES) return answer({ status: 413, body: { v: 1, error: 'too-large' } });
    const name = event.pathParameters?.proxy ?? /\/callbacks\/([^/]+(?:\/links)?)$/.exec(event.path ?? '')?.[1] ?? '';
    if (name === 'enrol') return answer(await enrolWorker(deps, rawBody));
    const headers = Object.entries(event.headers ?? {}).find(([header]) => header.toLowerCase() === 'x-trawl-signature');
    const received = { path: `/callbacks/${name}`, jobId: name.replace(/\/links$/, ''), rawBody, signature: headers?.[1] };
    return answer(await (name.endsWith('/links') ? giveLinks : hearCallback)(deps, received));
  };
