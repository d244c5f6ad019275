import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, type ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { physicalName, pascal } from '../names';

export interface TaskFunctionProps {
  readonly installation: string;
  /** Folder under functions/; state, placeholder, CDK id and log group carry the same name. */
  readonly name: string;
  readonly bundlePath: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly diskMb?: number | undefined;
  readonly layers: readonly ILayerVersion[];
  readonly logLevel: string;
}

/**
 * One function of Trawl: fixed name, own role that may write its own log group and nothing else, retained versions (contract 11: old
 * executions finish under their own code).
 */
export class TaskFunction extends LambdaFunction {
  constructor(scope: Construct, props: TaskFunctionProps) {
    const name = physicalName(props.installation, props.name);
    const id = pascal(props.name);
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      logGroupName: `/aws/lambda/${name}`,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    super(scope, id, {
      functionName: name,
      runtime: Runtime.NODEJS_22_X,
      architecture: Architecture.X86_64,
      code: Code.fromAsset(props.bundlePath),
      handler: 'index.handler',
      role,
      logGroup,
      memorySize: props.memoryMb,
      timeout: Duration.seconds(props.timeoutSeconds),
      ...(props.diskMb !== undefined && { ephemeralStorageSize: Size.mebibytes(props.diskMb) }),
      layers: [...props.layers],
      environment: {
        ...props.environment,
        LOG_LEVEL: props.logLevel,
        POWERTOOLS_SERVICE_NAME: props.name,
        POWERTOOLS_METRICS_NAMESPACE: 'Trawl',
        // Every call of its clients says whose it is: in CloudTrail, and to whatever stands between it and AWS.
        AWS_SDK_UA_APP_ID: props.name,
      },
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
    acknowledge(this, 'AwsSolutions-L1', 'nodejs22.x is the newest runtime that the layers are built and tested for.');
  }
}
