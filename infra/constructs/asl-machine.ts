import { RemovalPolicy } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineName } from '../../layers/core/ports/outside';
import { pascal, physicalName } from '../names';
import { acknowledge } from './acknowledge';

/** Placeholders `${XArn}` of a machine's text, without the `Arn`. */
export const placeholdersOf = (asl: string): readonly string[] => [
  ...new Set([...asl.matchAll(/\$\{(\w+)Arn\}/g)].map((match) => match[1] ?? '')),
];

export interface AslMachineProps {
  readonly projectRoot: string;
  readonly installation: string;
  readonly name: MachineName;
  /** By PascalCase name. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
}

/**
 * A machine read from statemachines/. Each `${XArn}` in it must be a function, which it may then invoke, and no other. Placeholders
 * become function *versions*, so that an execution that outlives a deployment finishes under the code it began with.
 */
export class AslMachine extends StateMachine {
  constructor(scope: Construct, props: AslMachineProps) {
    const asl = readFileSync(join(props.projectRoot, 'statemachines', `${props.name}.asl.json`), 'utf8');
    const called = placeholdersOf(asl).map((name) => {
      const fn = props.functions.get(name);
      if (!fn) throw new Error(`statemachines/${props.name}.asl.json: placeholder \${${name}Arn} names no folder under functions/`);
      return { name, fn };
    });
    const id = `${pascal(props.name)}Machine`;
    super(scope, id, {
      stateMachineName: physicalName(props.installation, props.name),
      definitionBody: DefinitionBody.fromString(asl),
      definitionSubstitutions: Object.fromEntries(called.map(({ name, fn }) => [`${name}Arn`, fn.currentVersion.functionArn])),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(scope, `${id}Logs`, {
          logGroupName: `/aws/vendedlogs/states/${physicalName(props.installation, props.name)}`,
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        // Everything, but without data: inputs of token states hold the token, which is the right to settle a job.
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    called.forEach(({ fn }) => fn.grantInvoke(this));
    acknowledge(
      this.role,
      'AwsSolutions-IAM5',
      'Invoking every version of exactly the functions it calls (old executions finish under their own code); log delivery and X-Ray know no resource ARNs.',
    );
  }
}
