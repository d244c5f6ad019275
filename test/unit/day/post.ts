/** The way from outside to the callback route, on which words are lost, doubled and overtaken. */
import { signatureOf } from '../../../layers/core/callbacks/keys';
import type { Handlers } from '../functions/life/asl-runner';
import type { Clock } from './clock';
import type { Luck } from './luck';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}
/** undefined: no answer came, whatever became of the message. */
export type Post = (path: string, message: object, key?: string) => Promise<Answer | undefined>;

export function postOf(handlers: Handlers, clock: Clock, luck: Luck): Post {
  const deliver = async (event: object): Promise<Answer | undefined> => {
    try {
      const answer = (await handlers['AcceptCallback']?.(event as never)) as { statusCode: number; body: string };
      return { status: answer.statusCode, body: JSON.parse(answer.body) as Answer['body'] };
    } catch {
      // The function died: the API answers 502, which tells a worker nothing.
      return undefined;
    }
  };
  return async (path, message, key = '') => {
    const body = JSON.stringify(message);
    const headers = { 'X-Trawl-Signature': signatureOf(key, path, Buffer.from(body)) };
    const event = { path, pathParameters: { proxy: path.slice('/callbacks/'.length) }, headers, body };
    if (luck.meets('callback-lost')) return undefined;
    if (luck.meets('callback-again')) clock.after(luck.between(1, 1_800), () => deliver(event));
    const answer = await deliver(event);
    return luck.meets('callback-reply-lost') ? undefined : answer;
  };
}
