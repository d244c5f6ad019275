import { GetParameterCommand, ParameterNotFound, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createHash, randomBytes } from 'node:crypto';
import { utils } from 'ssh2';
import { dynamoStores } from '../layers/adapters/dynamo/stores';
import { CliError } from './errors';

export interface Outputs {
  readonly tableName: string;
  readonly apiUrl: string;
}
export interface Initialised {
  readonly url: string;
  readonly token: string;
  /** The line `ssh-ed25519 AAAA… trawl-<installation>` that belongs on the head node. */
  readonly publicKey: string;
}

const client = new SSMClient({});

async function read(name: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }))).Parameter?.Value;
  } catch (error) {
    if (error instanceof ParameterNotFound || (error instanceof Error && error.name === 'ParameterNotFound')) return undefined;
    throw error;
  }
}

/** The secret as it stands, or a new one; an existing secret is never replaced, so running init twice breaks nothing. */
async function ensureSecret(name: string, make: () => string): Promise<string> {
  const existing = await read(name);
  if (existing !== undefined) return existing;
  const value = make();
  await client.send(new PutParameterCommand({ Name: name, Value: value, Type: 'SecureString', Overwrite: false }));
  return value;
}

function publicKeyOf(privateKey: string, comment: string): string {
  const parsed = utils.parseKey(privateKey);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!key || key instanceof Error)
    throw new CliError(
      'the SSH key in SSM cannot be read',
      'delete the parameter …/ssh-key and run "trawl init" again; then replace the public key on the head node',
    );
  return `${key.type} ${key.getPublicSSH().toString('base64')} ${comment}`;
}

/**
 * Writes what CloudFormation cannot: master secret, SSH key, base URL, and the first operator token (kept in SSM, so that a repeated init
 * shows the same one; the table holds only its hash). Repeatable.
 */
export async function initialise(installation: string, outputs: Outputs, baseUrl: string | undefined): Promise<Initialised> {
  const prefix = `/trawl/${installation}`;
  const url = (baseUrl ?? outputs.apiUrl).replace(/\/+$/, '');
  await ensureSecret(`${prefix}/master`, () => randomBytes(48).toString('base64url'));
  const privateKey = await ensureSecret(
    `${prefix}/ssh-key`,
    () => utils.generateKeyPairSync('ed25519', { comment: `trawl-${installation}` }).private,
  );
  const token = await ensureSecret(`${prefix}/operator-token`, () => `trawl_${randomBytes(32).toString('base64url')}`);
  await client.send(new PutParameterCommand({ Name: `${prefix}/base-url`, Value: url, Type: 'String', Overwrite: true }));
  await dynamoStores(outputs.tableName).tokens.put({
    tokenHash: createHash('sha256').update(token).digest('hex'),
    name: 'first-operator',
    role: 'operator',
    createdAt: new Date().toISOString(),
  });
  return { url, token, publicKey: publicKeyOf(privateKey, `trawl-${installation}`) };
}
