import { pageAnswer, type PageAnswer } from '../../layers/core/api/page-answer';

/** `GET /`: the status page. It holds nothing but itself, so it needs no token; safe to repeat because it changes nothing. */
export function servePageHandler(html: string): () => Promise<PageAnswer> {
  const answer = pageAnswer(html);
  return async () => answer;
}
