import type { JSX, TargetedSubmitEvent } from 'preact';
import { useState } from 'preact/hooks';
import { askOverview } from './api';
import type { Overview } from './schema';

/** Asks for a token and tries it before it is kept. */
export function SignIn(props: { readonly why: string | undefined; readonly onIn: (token: string, first: Overview) => void }): JSX.Element {
  const [why, setWhy] = useState(props.why);
  const [isAsking, setAsking] = useState(false);
  const signIn = async (form: HTMLFormElement): Promise<void> => {
    const given = new FormData(form).get('token');
    const token = typeof given === 'string' ? given.trim() : '';
    setAsking(true);
    setWhy(undefined);
    const answer = await askOverview(token);
    setAsking(false);
    if (answer.outcome === 'heard') props.onIn(token, answer.overview);
    else setWhy(answer.outcome === 'away' ? `Not signed in: ${answer.why}. Try again.` : answer.why);
  };
  const onSubmit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    void signIn(event.currentTarget);
  };
  return (
    <form class="card sign-in" onSubmit={onSubmit}>
      <h1>Trawl</h1>
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="off" autocapitalize="off" spellcheck={false} required autofocus />
      <button type="submit" disabled={isAsking}>
        {isAsking ? 'Asking …' : 'Sign in'}
      </button>
      {why === undefined ? null : (
        <p role="alert" class="stale">
          {why}
        </p>
      )}
      <p class="quiet">
        A token with the role viewer is enough; an operator makes one with <code>trawl token add</code>. It is kept in this tab alone and
        forgotten when the tab is closed.
      </p>
    </form>
  );
}
