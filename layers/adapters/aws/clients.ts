import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => (made ??= make());
};

/** One client of each kind a process; region, credentials and `AWS_ENDPOINT_URL` come from the environment, as the SDK reads it. */
export const documentClient = once(() =>
  DynamoDBDocumentClient.from(new DynamoDBClient(), { marshallOptions: { removeUndefinedValues: true } }),
);
export const s3Client = once(() => new S3Client());
export const sfnClient = once(() => new SFNClient());
export const ssmClient = once(() => new SSMClient());
