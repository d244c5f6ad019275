import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { LambdaIntegration, MethodLoggingLevel, RestApi, type Resource } from 'aws-cdk-lib/aws-apigateway';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { CfnDocument } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { join, resolve } from 'node:path';
import type { ZodType } from 'zod';
import { MACHINE_NAMES, type MachineName } from '../layers/core/ports/outside';
import { bundleFunctions, functionNames } from './build/bundle-functions';
import type { Config } from './config';
import { acknowledge } from './constructs/acknowledge';
import { Alarms } from './constructs/alarms';
import { AslMachine } from './constructs/asl-machine';
import { NativeLayer } from './constructs/native-layer';
import { Schedules } from './constructs/schedules';
import { TaskFunction } from './constructs/task-function';
import { WorkerKit } from './constructs/worker-kit';
import { MEMORY_MB, type FunctionSpec } from './function-spec';
import { FUNCTION_SPECS } from './function-specs';
import { grant } from './grants';
import { gateDocument, type GatePlace } from './gate-document';
import { gateDocumentName, pascal, physicalName } from './names';
import { settingsOf } from './settings';

export interface StatelessStackProps extends StackProps {
  readonly config: Config;
  readonly projectRoot: string;
  /** Folder for bundles and layers; inside the CDK output folder, so that two deployments do not meet. */
  readonly buildRoot: string;
  readonly table: TableV2;
  readonly bucket: Bucket;
}

/** Everything that can be thrown away and deployed again: functions, machines, rules, API, layers, alarms. */
export class StatelessStack extends Stack {
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly machines: ReadonlyMap<MachineName, AslMachine>;

  constructor(scope: Construct, id: string, props: StatelessStackProps) {
    super(scope, id, props);
    const { installation } = props.config;
    this.functions = this.makeFunctions(props);
    if (props.config.cluster.transport === 'ssm') makeGateDocument(this, installation, props.config.cluster);
    const byPascal = new Map([...this.functions].map(([name, fn]) => [pascal(name), fn] as const));
    this.machines = new Map(
      MACHINE_NAMES.map(
        (name) => [name, new AslMachine(this, { projectRoot: props.projectRoot, installation, name, functions: byPascal })] as const,
      ),
    );
    new Schedules(this, {
      machines: this.machines,
      settle: this.fn('settle-execution'),
      verifyEveryMinutes: props.config.verify.everyMinutes,
      reapEveryMinutes: props.config.reapEveryMinutes,
    });
    new Alarms(this, { installation, functions: this.functions, machines: this.machines });
    this.makeApi(installation);
    new CfnOutput(this, 'ClusterTransport', { value: props.config.cluster.transport });
  }

  private fn(name: string): LambdaFunction {
    const found = this.functions.get(name);
    if (!found) throw new Error(`no function ${name}: folder functions/${name}/ is missing`);
    return found;
  }

  private makeFunctions(props: StatelessStackProps): ReadonlyMap<string, LambdaFunction> {
    const bundles = join(props.buildRoot, 'functions');
    bundleFunctions(props.projectRoot, bundles);
    const layers = {
      ssh: new NativeLayer(this, props.projectRoot, props.buildRoot, 'ssh'),
      duckdb: new NativeLayer(this, props.projectRoot, props.buildRoot, 'duckdb'),
    };
    const kitFile = props.config.droplet?.kitFile ?? props.config.site.kitFile;
    const kit = kitFile === undefined ? undefined : new WorkerKit(this, resolve(kitFile));
    const settings = settingsOf(props.config, props.projectRoot, props.table, props.bucket, kit);
    const functions = functionNames(props.projectRoot).map((name) => physicalName(props.config.installation, name));
    const make = (name: string): readonly [string, LambdaFunction] => {
      const spec = FUNCTION_SPECS[name];
      if (!spec) throw new Error(`functions/${name}/ is not in infra/function-specs.ts`);
      const fn = new TaskFunction(this, {
        installation: props.config.installation,
        name,
        bundlePath: join(bundles, name),
        environment: environmentOf(name, spec, settings),
        memoryMb: spec.memoryMb ?? MEMORY_MB,
        timeoutSeconds: spec.timeoutSeconds ?? 60,
        diskMb: spec.diskMb,
        layers: (spec.layers ?? []).map((layer) => layers[layer]),
        logLevel: props.config.logLevel,
      });
      if (spec.linksKit) kit?.grantRead(fn);
      grant(fn, spec.grants, { ...props.config, table: props.table, bucket: props.bucket, functions });
      return [name, fn];
    };
    return new Map(functionNames(props.projectRoot).map(make));
  }

  private makeApi(installation: string): void {
    const api = new RestApi(this, 'Api', {
      restApiName: physicalName(installation, 'api'),
      cloudWatchRole: false,
      deployOptions: {
        stageName: 'v1',
        metricsEnabled: true,
        loggingLevel: MethodLoggingLevel.OFF,
        throttlingRateLimit: 200,
        throttlingBurstLimit: 400,
      },
    });
    const serve = new LambdaIntegration(this.fn('serve-api'), { timeout: Duration.seconds(29) });
    api.root.addMethod('GET', new LambdaIntegration(this.fn('serve-page')));
    api.root.addProxy({ defaultIntegration: serve, anyMethod: true });
    api.root
      .addResource('callbacks')
      .addProxy({ defaultIntegration: new LambdaIntegration(this.fn('accept-callback')), anyMethod: false })
      .addMethod('POST');
    api.root.addResource('site').addProxy({ defaultIntegration: new LambdaIntegration(this.fn('serve-sites')), anyMethod: true });
    const sources = api.root.addResource('sources');
    sources.addMethod('ANY', serve);
    const source = sources.addResource('{sourceId}');
    source.addMethod('ANY', serve);
    source.addProxy({ defaultIntegration: serve, anyMethod: true });
    const query = new LambdaIntegration(this.fn('query-runs'));
    routeQueries(source, query, serve);
    for (const [rule, reason] of API_REASONS) acknowledge(api, rule, reason);
    new CfnOutput(this, 'RestApiId', { value: api.restApiId });
    new CfnOutput(this, 'ApiStage', { value: api.deploymentStage.stageName });
    new CfnOutput(this, 'ApiUrl', { value: api.url });
  }
}

function makeGateDocument(scope: Construct, installation: string, place: GatePlace): void {
  new CfnDocument(scope, 'GateDocument', {
    name: gateDocumentName(installation),
    documentType: 'Command',
    documentFormat: 'JSON',
    content: gateDocument(place),
    // Else a change would need another name.
    updateMethod: 'NewVersion',
  });
}

/** What reads a source's listing goes to a function of its own. */
function routeQueries(source: Resource, query: LambdaIntegration, serve: LambdaIntegration): void {
  const listings = source.addResource('listings');
  listings.addMethod('GET', query);
  listings.addResource('diff').addMethod('GET', query);
  const filters = source.addResource('filters');
  filters.addMethod('ANY', serve);
  filters.addResource('preview').addMethod('POST', query);
  source.addResource('validation').addMethod('GET', query);
  for (const kind of ['runs', 'studies', 'samples', 'experiments']) {
    const resource = source.addResource(kind);
    resource.addMethod('GET', query);
    resource.addResource('{accession}').addMethod('GET', query);
  }
}

const API_REASONS: readonly (readonly [string, string])[] = [
  [
    'AwsSolutions-APIG1',
    'Each request is one JSON line of the function that serves it, without headers and bodies; a second log would repeat it.',
  ],
  ['AwsSolutions-APIG2', 'Requests are validated by zod in the function, with errors that name the field.'],
  [
    'AwsSolutions-APIG4',
    'Bearer tokens and signed callbacks are checked in the function (docs/design.md section 5): authorizers do not deploy on one of the emulators.',
  ],
  ['AwsSolutions-COG4', 'No Cognito: tokens with roles, hashed at rest (docs/design.md section 5).'],
  [
    'AwsSolutions-APIG3',
    'No WAF by default: the API refuses everything without a token or signature, and is throttled; a laboratory may attach one.',
  ],
  ['AwsSolutions-APIG6', 'Execution logging would write request bodies with enrolment tokens.'],
];

/** The variables that the function's own env.ts names; one that no setting provides stops the synthesis. */
function environmentOf(name: string, spec: FunctionSpec, settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const shape: Readonly<Record<string, ZodType>> = spec.env.shape;
  const wanted = Object.entries(shape).filter(([key, schema]) => key in settings || !schema.safeParse(undefined).success);
  return Object.fromEntries(
    wanted.map(([key]) => {
      const value = settings[key];
      if (value === undefined) throw new Error(`functions/${name}/env.ts asks for ${key}, which infra/settings.ts does not provide`);
      return [key, value];
    }),
  );
}
