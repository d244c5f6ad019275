import { utils } from 'ssh2';
import { newSshKey, type SshKey } from '../../../layers/adapters/bridge/new-ssh-key';

const made = (): SshKey => utils.generateKeyPairSync('ed25519', { comment: 'trawl-lab' });
const isMalformed = ({ private: key }: SshKey): boolean => utils.parseKey(key) instanceof Error;

/** One that ssh2 itself makes and cannot read; it comes up about once in 256. */
function malformed(): SshKey {
  let pair = made();
  while (!isMalformed(pair)) pair = made();
  return pair;
}

describe('a new SSH key', () => {
  it('is an ed25519 pair that can be read, with its comment', () => {
    const { private: privateKey, public: publicKey } = newSshKey('trawl-lab');
    expect(utils.parseKey(privateKey)).toMatchObject({ type: 'ssh-ed25519', comment: 'trawl-lab' });
    expect(publicKey).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\S{43} trawl-lab$/);
  });

  it('is made again where the library made one that nobody can read', () => {
    const [bad, good] = [malformed(), newSshKey('trawl-lab')];
    const pairs = [bad, bad, good];
    expect(newSshKey('trawl-lab', () => pairs.shift() ?? bad)).toBe(good);
    expect(pairs).toEqual([]);
  });
});
