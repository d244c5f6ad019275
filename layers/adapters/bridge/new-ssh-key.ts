import { utils } from 'ssh2';

export interface SshKey {
  /** In OpenSSH's format, without a passphrase. */
  readonly private: string;
  /** One line, `ssh-ed25519 AAAA… comment`. */
  readonly public: string;
}

const isReadable = (key: string): boolean => !(utils.parseKey(key) instanceof Error);

/**
 * A new ed25519 key. ssh2 1.17 makes one in 256 that neither it nor OpenSSH can read: it strips the zero bytes that a public key begins with
 * (mscdex/ssh2#1513). Such a pair is thrown away and made anew.
 */
export function newSshKey(comment: string, generate: (comment: string) => SshKey = generated): SshKey {
  let pair = generate(comment);
  while (!isReadable(pair.private) || !isReadable(pair.public)) pair = generate(comment);
  return pair;
}

const generated = (comment: string): SshKey => utils.generateKeyPairSync('ed25519', { comment });
