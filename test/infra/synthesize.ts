import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { join, resolve } from 'node:path';
import { readConfig } from '../../infra/config';
import { StatefulStack } from '../../infra/stateful-stack';
import { StatelessStack } from '../../infra/stateless-stack';

export const ROOT = resolve(__dirname, '../..');
export const EXAMPLE = join(ROOT, 'infra/config/example.json');

/** Both stacks of an installation with the configuration that people start from. @param folder what is built goes below it */
export function synthesize(folder: string, installation = 'trawl'): { readonly stateful: Template; readonly stateless: Template } {
  const app = new App({ outdir: join(folder, 'cdk.out') });
  const config = { ...readConfig(EXAMPLE), installation };
  const env = { region: 'eu-west-2', account: '000000000000' };
  const stateful = new StatefulStack(app, `${installation}-stateful`, { env, reportDays: config.retention.reportDays });
  const { table, bucket } = stateful;
  const buildRoot = join(folder, 'build');
  const stateless = new StatelessStack(app, `${installation}-stateless`, { env, config, projectRoot: ROOT, buildRoot, table, bucket });
  return { stateful: Template.fromStack(stateful), stateless: Template.fromStack(stateless) };
}
