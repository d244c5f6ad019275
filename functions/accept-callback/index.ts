import { stepFunctions } from '../../layers/adapters/aws/machines';
import { kitLinks, s3GetLinks, s3PutLinks } from '../../layers/adapters/aws/links';
import { s3Objects } from '../../layers/adapters/aws/objects';
import { ssmSecrets } from '../../layers/adapters/aws/secrets';
import { dynamoStores } from '../../layers/adapters/dynamo/stores';
import { taskLambda } from '../../layers/runtime/task-lambda';
import { Env } from './env';
import { acceptCallbackHandler, Input } from './handler';

export const handler = taskLambda(Env, Input, (env) => {
  const secrets = ssmSecrets();
  return acceptCallbackHandler({
    stores: dynamoStores(env.TABLE_NAME),
    objects: s3Objects(env.BUCKET_NAME),
    machines: stepFunctions(env.MACHINES),
    links: kitLinks(env.BUCKET_NAME, env.KIT),
    putLinks: s3PutLinks(env.BUCKET_NAME),
    getLink: s3GetLinks(env.BUCKET_NAME),
    master: (age) => secrets.get(env.MASTER_SECRET_NAME, age),
    now: () => new Date(),
  });
});
