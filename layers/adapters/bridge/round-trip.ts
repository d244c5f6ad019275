/** `not-sent`: surely nothing ran. `unknown`: it may have run. */
export type RoundTrip =
  | { readonly outcome: 'answered'; readonly text: string }
  | {
      readonly outcome: 'not-sent';
      readonly reason: 'unreachable' | 'host-key-changed' | 'login-refused' | 'key-revoked';
      readonly detail: string;
    }
  | { readonly outcome: 'unknown'; readonly detail: string };
