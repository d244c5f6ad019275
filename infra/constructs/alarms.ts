import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { MachineName } from '../../layers/core/ports/outside';
import { pascal, physicalName } from '../names';
import type { AslMachine } from './asl-machine';

export interface AlarmsProps {
  readonly installation: string;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly machines: ReadonlyMap<MachineName, AslMachine>;
}

/** Alarms on every function and machine; each description says where to read on: a heading of docs/runbook.md, or the machine's own page. */
export class Alarms extends Construct {
  constructor(scope: Construct, props: AlarmsProps) {
    super(scope, 'Alarms');
    const period = Duration.minutes(5);
    for (const [name, fn] of props.functions) {
      this.alarm(props.installation, `${name}-errors`, fn.metricErrors({ period }), `docs/runbook.md#${pascal(name).toLowerCase()}`);
    }
    for (const [name, machine] of props.machines) {
      this.alarm(props.installation, `${name}-failed`, machine.metricFailed({ period }), `statemachines/${name}.README.md`);
    }
    const heartbeat = props.machines.get('heartbeat');
    heartbeat?.metricSucceeded({ period }).createAlarm(this, 'HeartbeatSilent', {
      alarmName: physicalName(props.installation, 'heartbeat-silent'),
      alarmDescription: 'No heartbeat succeeded for ten minutes: nothing is started, dispatched or probed. docs/runbook.md#runtick',
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  private alarm(installation: string, name: string, metric: Metric, page: string): void {
    metric.createAlarm(this, pascal(name), {
      alarmName: physicalName(installation, name),
      alarmDescription: `At least one in five minutes. ${page}`,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
