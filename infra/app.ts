import { App, Tags, Validations } from 'aws-cdk-lib';
import { join, resolve } from 'node:path';
import { readConfig } from './config';
import { AwsChecks } from './constructs/aws-checks';
import { StatefulStack } from './stateful-stack';
import { StatelessStack } from './stateless-stack';

/** `cdk … -c config=FILE`: one installation, two stacks. */
function main(): void {
  const app = new App();
  const file: unknown = app.node.tryGetContext('config');
  if (typeof file !== 'string')
    throw new Error('say which installation: cdk deploy --all -c config=infra/config/<yours>.json (start from infra/config/example.json)');
  const config = readConfig(resolve(file));
  const projectRoot = resolve(__dirname, '..');
  // Outside of an account (synthesis in tests) the stacks stay free of one.
  const account = process.env['CDK_DEFAULT_ACCOUNT'];
  const region = config.region ?? process.env['CDK_DEFAULT_REGION'] ?? 'eu-west-2';
  const env = account === undefined ? {} : { account, region };
  const stateful = new StatefulStack(app, `${config.installation}-stateful`, { env, reportDays: config.retention.reportDays });
  new StatelessStack(app, `${config.installation}-stateless`, {
    env,
    config,
    projectRoot,
    buildRoot: join(app.outdir, 'build'),
    table: stateful.table,
    bucket: stateful.bucket,
  });
  Tags.of(app).add('trawl:installation', config.installation);
  Validations.of(app).addPlugins(new AwsChecks(app));
}

main();
