import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

const client = new SSMClient({});

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;

/** The parameter's value, decrypted; undefined where there is none. */
export async function readParameter(name: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }))).Parameter?.Value;
  } catch (error) {
    if (isNamed(error, 'ParameterNotFound')) return undefined;
    throw error;
  }
}

/** The secret as it stands, or a new one; an existing secret is never replaced, so doing it twice breaks nothing. */
export async function ensureParameter(name: string, make: () => string): Promise<string> {
  const existing = await readParameter(name);
  if (existing !== undefined) return existing;
  const value = make();
  try {
    await client.send(new PutParameterCommand({ Name: name, Value: value, Type: 'SecureString', Overwrite: false }));
  } catch (error) {
    const written = isNamed(error, 'ParameterAlreadyExists') ? await readParameter(name) : undefined;
    if (written === undefined) throw error;
    return written;
  }
  return value;
}

/** One write that replaces what is there. */
export async function writeParameter(name: string, value: string, type: 'SecureString' | 'String' = 'SecureString'): Promise<void> {
  await client.send(new PutParameterCommand({ Name: name, Value: value, Type: type, Overwrite: true }));
}

/** Removes it; none is done too. */
export async function removeParameter(name: string): Promise<void> {
  try {
    await client.send(new DeleteParameterCommand({ Name: name }));
  } catch (error) {
    if (!isNamed(error, 'ParameterNotFound')) throw error;
  }
}
