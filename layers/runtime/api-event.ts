import { z } from 'zod';

const Texts = z.record(z.string(), z.string().optional()).nullish();
/** The part of an API Gateway proxy event (v1) that the API is served from. */
export const ApiEvent = z.object({
  httpMethod: z.string(),
  path: z.string(),
  headers: Texts,
  queryStringParameters: Texts,
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
  requestContext: z.object({ stage: z.string().nullish(), requestId: z.string().nullish() }).nullish(),
});
export type ApiEvent = z.infer<typeof ApiEvent>;

/**
 * The path as the routes name it. AWS leaves the stage out; an emulator may put it in, behind a prefix of its own
 * (`/_aws/execute-api/<id>/<stage>/sources`, `/restapis/<id>/<stage>/_user_request_/sources`).
 */
export const pathOf = ({ path, requestContext }: ApiEvent): string => {
  const [, , , stage, rest] = /^\/(_aws\/execute-api|restapis)\/([^/]+)\/([^/]+)(?:\/_user_request_)?(\/.*)?$/.exec(path) ?? [];
  const prefix = `/${requestContext?.stage ?? ''}`;
  const inner = stage !== undefined ? (rest ?? '/') : path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  return `/${inner.split('/').filter(Boolean).join('/')}`;
};

export const headerOf = ({ headers }: ApiEvent, name: string): string | undefined =>
  Object.entries(headers ?? {}).find(([header]) => header.toLowerCase() === name)?.[1];

/** The body as it was sent, byte for byte. */
export const rawBodyOf = ({ body, isBase64Encoded }: ApiEvent): Buffer =>
  Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8');

export type JsonBody =
  { readonly outcome: 'read'; readonly body: unknown } | { readonly outcome: 'too-large' } | { readonly outcome: 'no-json' };

/** No body at all reads as undefined. */
export const jsonBodyOf = (event: ApiEvent, limitBytes: number): JsonBody => {
  const raw = rawBodyOf(event);
  if (raw.length > limitBytes) return { outcome: 'too-large' };
  if (raw.length === 0) return { outcome: 'read', body: undefined };
  try {
    return { outcome: 'read', body: JSON.parse(raw.toString('utf8')) as unknown };
  } catch {
    return { outcome: 'no-json' };
  }
};
