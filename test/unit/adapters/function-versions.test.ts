import { DeleteFunctionCommand, LambdaClient, ListVersionsByFunctionCommand, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { lambdaVersions } from '../../../layers/adapters/aws/function-versions';

const lambda = mockClient(LambdaClient);
beforeEach(() => lambda.reset());
const client = new LambdaClient({ region: 'eu-west-2' });

test('published versions are listed over all pages, without what is not published', async () => {
  const asked = { FunctionName: 'trawl-a' };
  lambda
    .on(ListVersionsByFunctionCommand, asked)
    .resolves({ Versions: [{ Version: '$LATEST', LastModified: '2026-01-01T00:00:00.000+0000' }], NextMarker: 'more' })
    .on(ListVersionsByFunctionCommand, { ...asked, Marker: 'more' })
    .resolves({ Versions: [{ Version: '1', LastModified: '2026-01-02T03:04:05.678+0000' }] });
  expect(await lambdaVersions(['trawl-a'], client).list()).toEqual([
    { name: 'trawl-a', versions: [{ version: '1', publishedAt: '2026-01-02T03:04:05.678Z' }] },
  ]);
});

test('a version is removed by its number, never the function; one that is gone is no error', async () => {
  lambda.on(DeleteFunctionCommand).rejects(new ResourceNotFoundException({ message: 'gone', $metadata: {} }));
  await lambdaVersions([], client).remove('trawl-a', '7');
  expect(lambda.commandCalls(DeleteFunctionCommand).map(({ args }) => args[0].input)).toEqual([
    { FunctionName: 'trawl-a', Qualifier: '7' },
  ]);
  lambda.on(DeleteFunctionCommand).rejects(new Error('throttled'));
  await expect(lambdaVersions([], client).remove('trawl-a', '7')).rejects.toThrow('throttled');
});
