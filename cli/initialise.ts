import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { createHash, randomBytes } from 'node:crypto';
import { utils, type ParsedKey } from 'ssh2';
import { newSshKey } from '../layers/adapters/bridge/new-ssh-key';
import { dynamoStores } from '../layers/adapters/dynamo/stores';
import { CliError } from './errors';

export interface Outputs {
  readonly tableName: string;
  readonly bucketName: string;
  readonly apiUrl: string;
}
export interface Initialised {
  readonly url: string;
  readonly token: string;
  /** The line `ssh-ed25519 AAAA… trawl-<installation>` that belongs on the head node. */
  readonly publicKey: string;
}

const client = new SSMClient({});

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

async function read(name: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }))).Parameter?.Value;
  } catch (error) {
    if (isNamed(error, 'ParameterNotFound')) return undefined;
    throw error;
  }
}

/** Outputs of the two stacks of an installation. @throws CliError when one of them is not deployed */
export async function stackOutputs(installation: string): Promise<Outputs> {
  const stacks = new CloudFormationClient({});
  const outputs = new Map<string, string>();
  for (const part of ['stateful', 'stateless']) {
    const name = `${installation}-${part}`;
    const found = await stacks.send(new DescribeStacksCommand({ StackName: name })).catch((error: unknown) => {
      throw new CliError(
        `stack ${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
        'deploy first: npx cdk deploy --all -c config=FILE; and check AWS credentials and region',
        1,
        { cause: error },
      );
    });
    found.Stacks?.[0]?.Outputs?.forEach(({ OutputKey: key, OutputValue: value }) => outputs.set(key ?? '', value ?? ''));
  }
  const need = (key: string): string => {
    const value = outputs.get(key) ?? '';
    if (value === '') throw new CliError(`the stacks of ${installation} have no output ${key}`, 'deploy this version first');
    return value;
  };
  return { tableName: need('TableName'), bucketName: need('BucketName'), apiUrl: need('ApiUrl') };
}

/** The secret as it stands, or a new one; an existing secret is never replaced, so running init twice breaks nothing. */
async function ensureSecret(name: string, make: () => string): Promise<string> {
  const existing = await read(name);
  if (existing !== undefined) return existing;
  const value = make();
  try {
    await client.send(new PutParameterCommand({ Name: name, Value: value, Type: 'SecureString', Overwrite: false }));
  } catch (error) {
    const written = isNamed(error, 'ParameterAlreadyExists') ? await read(name) : undefined;
    if (written === undefined) throw error;
    return written;
  }
  return value;
}

function publicKeyOf(privateKey: string, comment: string): string {
  const parsed = utils.parseKey(privateKey);
  const key = ([parsed].flat() as readonly (ParsedKey | Error)[])[0];
  if (key === undefined || key instanceof Error)
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
export async function initialise(
  installation: string,
  outputs: Outputs,
  { baseUrl, digitalOceanToken }: { readonly baseUrl?: string | undefined; readonly digitalOceanToken?: string | undefined },
): Promise<Initialised> {
  const prefix = `/trawl/${installation}`;
  const url = (baseUrl ?? outputs.apiUrl).replace(/\/+$/, '');
  await ensureSecret(`${prefix}/master`, () => randomBytes(48).toString('base64url'));
  const privateKey = await ensureSecret(`${prefix}/ssh-key`, () => newSshKey(`trawl-${installation}`).private);
  if (digitalOceanToken !== undefined) {
    // Given by a person, so the newest counts.
    const Name = `${prefix}/digitalocean-token`;
    await client.send(new PutParameterCommand({ Name, Value: digitalOceanToken, Type: 'SecureString', Overwrite: true }));
  }
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
