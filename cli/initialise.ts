import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { randomBytes } from 'node:crypto';
import { newSshKey } from '../layers/adapters/bridge/new-ssh-key';
import { revokedAt } from '../layers/adapters/bridge/revoked-key';
import { dynamoStores } from '../layers/adapters/dynamo/stores';
import type { Stores } from '../layers/core/ports/stores';
import { settleFirstOperator } from '../layers/core/tokens/issue';
import { CliError } from './errors';
import { newOperatorToken, operatorTokenParameter, rotateFirstOperator } from './first-operator';
import { ensureParameter, readParameter, writeParameter } from './parameters';
import { publicKeyOf } from './public-key';

export interface Outputs {
  readonly tableName: string;
  readonly bucketName: string;
  readonly apiUrl: string;
  readonly transport: 'ssh' | 'ssm';
}
export interface Initialised {
  readonly url: string;
  readonly token: string;
  /** The line `ssh-ed25519 AAAA… trawl-<installation>` that belongs on the head node; null where nobody logs in there, or the key was revoked. */
  readonly publicKey: string | null;
}

export const masterParameter = (installation: string): string => `/trawl/${installation}/master`;
const baseUrlParameter = (installation: string): string => `/trawl/${installation}/base-url`;
export const newMaster = (): string => randomBytes(48).toString('base64url');
export const storesOf = ({ tableName }: Pick<Outputs, 'tableName'>): Stores => dynamoStores(tableName);

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
  const transport = outputs.get('ClusterTransport') === 'ssm' ? 'ssm' : 'ssh';
  return { tableName: need('TableName'), bucketName: need('BucketName'), apiUrl: need('ApiUrl'), transport };
}

/** The bridge's key as it belongs on the head node; over Systems Manager there is none to make. */
async function ensureSshKey(installation: string, transport: Outputs['transport']): Promise<string | null> {
  if (transport === 'ssm') return null;
  const comment = `trawl-${installation}`;
  const key = await ensureParameter(`/trawl/${installation}/ssh-key`, () => newSshKey(comment).private);
  return revokedAt(key) === undefined ? publicKeyOf(key, comment) : null;
}

/**
 * Writes what CloudFormation cannot: master secret, SSH key (where the bridge goes over SSH), base URL, and the first operator token (kept in SSM, so that a repeated init
 * shows the same one; the table holds only its hash). Repeatable: the table is made to agree with SSM, which ends a rotation that was cut, and gives the token of an older version
 * its name in the table.
 */
export async function initialise(
  installation: string,
  outputs: Outputs,
  { baseUrl, digitalOceanToken }: { readonly baseUrl?: string | undefined; readonly digitalOceanToken?: string | undefined },
): Promise<Initialised> {
  const prefix = `/trawl/${installation}`;
  const url = (baseUrl ?? outputs.apiUrl).replace(/\/+$/, '');
  await ensureParameter(masterParameter(installation), newMaster);
  const publicKey = await ensureSshKey(installation, outputs.transport);
  if (digitalOceanToken !== undefined) {
    // Given by a person, so the newest counts.
    await writeParameter(`${prefix}/digitalocean-token`, digitalOceanToken);
  }
  await writeParameter(baseUrlParameter(installation), url, 'String');
  const token = await settleFirstOperator({ stores: storesOf(outputs), now: () => new Date() }, () =>
    ensureParameter(operatorTokenParameter(installation), newOperatorToken),
  );
  return { url, token, publicKey };
}

/** See `rotateFirstOperator`; with the URL that `initialise` wrote. @throws CliError before `trawl init` */
export async function replaceFirstOperator(installation: string): Promise<Pick<Initialised, 'url' | 'token'>> {
  const outputs = await stackOutputs(installation);
  const name = operatorTokenParameter(installation);
  const parameter = { read: () => readParameter(name), write: (value: string) => writeParameter(name, value) };
  const places = { parameter, stores: storesOf(outputs), now: () => new Date() };
  const token = await rotateFirstOperator(places, newOperatorToken);
  return { url: (await readParameter(baseUrlParameter(installation))) ?? outputs.apiUrl, token };
}
