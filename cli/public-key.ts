import { utils, type ParsedKey } from 'ssh2';
import { CliError } from './errors';

/** `ssh-ed25519 AAAA… comment` of a private key in OpenSSH's format. @throws CliError where it cannot be read */
export function publicKeyOf(privateKey: string, comment: string): string {
  const parsed = utils.parseKey(privateKey);
  const key = ([parsed].flat() as readonly (ParsedKey | Error)[])[0];
  if (key === undefined || key instanceof Error)
    throw new CliError('the SSH key in SSM cannot be read', '"trawl cluster key rotate" puts another in its place');
  return `${key.type} ${key.getPublicSSH().toString('base64')} ${comment}`;
}
