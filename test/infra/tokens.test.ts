import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FUNCTION_SPECS } from '../../infra/function-specs';
import { grant } from '../../infra/grants';
import { TOKEN_KEY_PREFIXES } from '../../layers/adapters/dynamo/table-definition';
import { issuedTokenEntity, tokenEntity } from '../../layers/adapters/dynamo/token';

/** The policies of one function, as they would be deployed. */
function policiesOf(name: string): Template {
  const stack = new Stack(new App(), 'tokens');
  const fn = new LambdaFunction(stack, 'Function', { runtime: Runtime.NODEJS_22_X, handler: 'index.handler', code: Code.fromInline('0') });
  const table = new TableV2(stack, 'Table', { partitionKey: { name: 'pk', type: AttributeType.STRING } });
  const cluster = { transport: 'ssh', host: 'head.example.org' } as const;
  grant(fn, FUNCTION_SPECS[name]?.grants ?? {}, {
    installation: 'trawl',
    table,
    bucket: new Bucket(stack, 'Bucket'),
    cluster,
    functions: ['trawl-serve-api'],
  });
  return Template.fromStack(stack);
}

const DENIAL = {
  PolicyDocument: {
    Statement: Match.arrayWith([
      {
        Effect: 'Deny',
        Action: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
        Resource: Match.anyValue(),
        Condition: { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': ['${$}trawl_token#*', '${$}trawl_issued-token#*'] } },
      },
    ]),
  },
};
const writers = Object.keys(FUNCTION_SPECS).filter((name) => FUNCTION_SPECS[name]?.grants.table === 'write');

test('one function alone makes tokens', () => {
  expect(writers.filter((name) => FUNCTION_SPECS[name]?.grants.tokens)).toEqual(['serve-api']);
  policiesOf('serve-api').resourcePropertiesCountIs('AWS::IAM::Policy', DENIAL, 0);
});

test.each(writers.filter((name) => name !== 'serve-api'))('%s writes the table and no token', (name) => {
  policiesOf(name).resourcePropertiesCountIs('AWS::IAM::Policy', DENIAL, 1);
});

test('the keys that are denied are those under which tokens are stored', () => {
  const at = { table: 'trawl', client: DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'eu-west-2' })) };
  const keys = [
    tokenEntity(at).get({ tokenHash: 'a' }).params<{ Key: { pk: string } }>(),
    issuedTokenEntity(at).get({ group: 'tokens', name: 'ada' }).params<{ Key: { pk: string } }>(),
  ].map(({ Key }) => Key.pk);
  expect(keys.map((key, index) => key.startsWith(TOKEN_KEY_PREFIXES[index] ?? 'none'))).toEqual([true, true]);
});
