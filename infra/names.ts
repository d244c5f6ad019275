import { Aws } from 'aws-cdk-lib';
import type { MachineName } from '../layers/core/ports/outside';

export const pascal = (kebab: string): string => kebab.replace(/(^|-)([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase());

/**
 * Physical names are fixed by installation and step, so that one search finds function, log group and machine; and a function can hold
 * the ARN of a machine that in turn calls it without a cycle between the two resources.
 */
export const physicalName = (installation: string, name: string): string => `${installation}-${name}`;
export const machineArn = (installation: string, machine: MachineName): string =>
  `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:stateMachine:${physicalName(installation, machine)}`;
export const executionArns = (installation: string, machine: MachineName): string =>
  `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:execution:${physicalName(installation, machine)}:*`;
export type SecretName = 'master' | 'ssh-key' | 'base-url' | 'digitalocean-token';
export const parameterName = (installation: string, name: SecretName): string => `/trawl/${installation}/${name}`;
export const parameterArn = (installation: string, name: SecretName): string =>
  `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:parameter${parameterName(installation, name)}`;
export const gateDocumentName = (installation: string): string => physicalName(installation, 'gate');
export const gateDocumentArn = (installation: string): string =>
  `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:document/${gateDocumentName(installation)}`;
/** A node of Systems Manager: an instance of EC2, or another machine that was registered. */
export const nodeArn = (id: string): string =>
  id.startsWith('mi-')
    ? `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${Aws.ACCOUNT_ID}:managed-instance/${id}`
    : `arn:${Aws.PARTITION}:ec2:${Aws.REGION}:${Aws.ACCOUNT_ID}:instance/${id}`;
