import { revokedAt, revokedKey } from '../layers/adapters/bridge/revoked-key';
import { CliError } from './errors';

/** Functions read a secret at most once a minute (`layers/adapters/aws/secrets.ts`): so long the old key is still used. */
const KEPT_MS = 70_000;

export type KeyChange = { readonly add: string } | { readonly only: string } | { readonly none: true };

/** What a change of the bridge's key touches. */
export interface KeyPlaces {
  readonly parameters: {
    read(name: KeyParameter): Promise<string | undefined>;
    ensure(name: KeyParameter, make: () => string): Promise<string>;
    write(name: KeyParameter, value: string): Promise<void>;
    remove(name: KeyParameter): Promise<void>;
  };
  /** Changes what is let in on the head node; *later* where a person has yet to run a script for it. */
  readonly head: (change: KeyChange) => Promise<'done' | 'later'>;
  /** Asks the gate with this key: undefined where it answers, else what stood in the way. */
  readonly problem: (privateKey: string) => Promise<string | undefined>;
  readonly publicOf: (privateKey: string) => string;
  readonly newKey: () => string;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly say: (text: string) => void;
}
/** `next` holds the new key while a rotation is under way, and nothing else does. */
export type KeyParameter = 'ssh-key' | 'ssh-key-next';

/**
 * A new key beside the old one, asked through the gate, then one write that switches, then the old one goes. A rotation that was cut
 * anywhere is taken up by the next: the new key is kept in SSM until all is done, and each step finds what is done already.
 * @returns *later*: all but the removal of the old key, for which a script was written
 * @throws CliError where the gate does not answer to the new key; the old one still counts then
 */
export async function rotateKey({ parameters, head, problem, publicOf, newKey, pause, say }: KeyPlaces): Promise<'done' | 'later'> {
  const next = await parameters.ensure('ssh-key-next', newKey);
  const publicKey = publicOf(next);
  if ((await parameters.read('ssh-key')) !== next) {
    if ((await problem(next)) !== undefined) {
      say('letting the new key in beside the old one');
      const isLetIn = await head({ add: publicKey });
      const why = await problem(next);
      if (why !== undefined && isLetIn === 'later')
        throw new CliError('the new key is not let in yet; the old one still counts', 'run the script on the head node, then repeat this');
      if (why !== undefined)
        throw new CliError(`the gate does not answer to the new key: ${why}; the old one still counts`, 'mend that, then repeat this', 3);
    }
    await parameters.write('ssh-key', next);
    say('the new key counts');
  }
  say(`waiting ${KEPT_MS / 1000} s for what still holds the old one`);
  await pause(KEPT_MS);
  const removed = await head({ only: publicKey });
  await parameters.remove('ssh-key-next');
  return removed;
}

/**
 * Nothing asks with the key any more, then it is not let in any more. Repeatable; `rotateKey` puts a new one in its place.
 * @throws CliError where the head node still lets it in
 */
export async function revokeKey({ parameters, head, problem, say }: KeyPlaces, now: Date): Promise<'done' | 'later'> {
  const old = await parameters.read('ssh-key');
  const wasRevoked = old === undefined || revokedAt(old) !== undefined;
  // A rotation that was cut must not bring a key back; and it may be let in already.
  await parameters.remove('ssh-key-next');
  if (!wasRevoked) await parameters.write('ssh-key', revokedKey(now));
  say('nothing asks with it any more');
  const removed = await head({ none: true });
  if (removed === 'done' && !wasRevoked && (await problem(old)) === undefined)
    throw new CliError('the head node still lets the key in', 'another file of authorized keys? see AuthorizedKeysFile of its sshd', 3);
  return removed;
}
