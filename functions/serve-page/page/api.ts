import { Overview } from './schema';

export type Answer =
  | { readonly outcome: 'heard'; readonly overview: Overview }
  /** The token is wrong, or may not look: asking again does not help. */
  | { readonly outcome: 'refused'; readonly why: string }
  /** Asking again may help. */
  | { readonly outcome: 'away'; readonly why: string };

const PATIENCE_MILLISECONDS = 15_000;
const WRONG_TOKEN =
  'This installation does not know this token. Look for a space or a missing character; it may have been revoked: an operator makes another.';

/** The API lies below the page itself, whatever stage or prefix that is; its address may come without the slash at its end. */
const overviewUrl = (): string => `${location.origin}${location.pathname.replace(/\/*$/, '/')}overview`;

/** Asks for everything the page shows. Never throws: what went wrong is told in words. */
export async function askOverview(token: string): Promise<Answer> {
  // A header takes nothing else; fetch would throw.
  if (!/^[\x21-\x7e]+$/.test(token)) return { outcome: 'refused', why: WRONG_TOKEN };
  try {
    const response = await fetch(overviewUrl(), {
      headers: { authorization: `Bearer ${token}` },
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    });
    if (response.status === 401) return { outcome: 'refused', why: WRONG_TOKEN };
    if (response.status === 403)
      return { outcome: 'refused', why: 'This token may not look at the installation: it needs the role viewer or operator.' };
    if (!response.ok) return { outcome: 'away', why: `the API answers ${response.status}` };
    const parsed = Overview.safeParse(await response.json());
    if (!parsed.success) return { outcome: 'away', why: 'the API answers in another form; load this page again' };
    return { outcome: 'heard', overview: parsed.data };
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    return { outcome: 'away', why: isLate ? 'the API does not answer in time' : 'the API cannot be reached' };
  }
}
