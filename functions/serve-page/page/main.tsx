import { render, type JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Board } from './board';
import type { Overview } from './schema';
import { session } from './session';
import { SignIn } from './sign-in';

type State =
  { readonly is: 'out'; readonly why?: string } | { readonly is: 'in'; readonly token: string; readonly first: Overview | undefined };

function Page(): JSX.Element {
  const kept = session.token();
  const [state, setState] = useState<State>(kept === undefined ? { is: 'out' } : { is: 'in', token: kept, first: undefined });
  const enter = (token: string, first: Overview): void => {
    session.keep(token);
    setState({ is: 'in', token, first });
  };
  const leave = (why?: string): void => {
    session.forget();
    setState(why === undefined ? { is: 'out' } : { is: 'out', why });
  };
  return state.is === 'out' ? <SignIn why={state.why} onIn={enter} /> : <Board token={state.token} first={state.first} onLeave={leave} />;
}

const root = document.getElementById('page');
if (root) render(<Page />, root);
