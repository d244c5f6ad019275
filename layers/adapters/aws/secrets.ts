import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { SecretMissingError } from '../../core/errors';
import type { Clock, Secrets } from '../../core/ports/outside';
import { ssmClient } from './clients';

const KEPT_MS = 60_000;
/** However often somebody asks for it anew. */
const ANEW_MS = 5_000;

/** Parameters of SSM (SecureString or plain), each read at most once a minute and process; asked for anew, at most once in five seconds. Read only. @throws SecretMissingError */
export const ssmSecrets = (client: SSMClient = ssmClient(), now: Clock = () => new Date()): Secrets => {
  const kept = new Map<string, { readonly value: string; readonly readMs: number }>();
  return {
    get: async (name, age) => {
      const known = kept.get(name);
      if (known !== undefined && now().getTime() - known.readMs < (age === 'anew' ? ANEW_MS : KEPT_MS)) return known.value;
      const value = await read(client, name);
      kept.set(name, { value, readMs: now().getTime() });
      return value;
    },
  };
};

const read = async (client: SSMClient, name: string): Promise<string> => {
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    if (Parameter?.Value === undefined) throw new SecretMissingError(name);
    return Parameter.Value;
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') {
      throw new SecretMissingError(name, { cause: error });
    }
    throw error;
  }
};
