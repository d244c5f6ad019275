import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget, SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { MachineName } from '../../layers/core/ports/outside';
import type { AslMachine } from './asl-machine';

export interface SchedulesProps {
  readonly machines: ReadonlyMap<MachineName, AslMachine>;
  readonly settle: LambdaFunction;
  /** How often it is looked for what has to be hashed again. */
  readonly verifyEveryMinutes: number;
  readonly reapEveryMinutes: number;
}

/** The rules that start work without a person: heartbeat, sweep, reaper, verification, and the settling of executions that did not end by themselves. */
export class Schedules extends Construct {
  constructor(scope: Construct, props: SchedulesProps) {
    super(scope, 'Schedules');
    const machine = (name: MachineName): AslMachine => {
      const found = props.machines.get(name);
      if (!found) throw new Error(`no machine ${name}`);
      return found;
    };
    // The event's id is part of the input: one emulator starts no machine from a constant input.
    const input = RuleTargetInput.fromObject({ id: EventField.eventId });
    for (const [id, name] of [
      ['Heartbeat', 'heartbeat'],
      ['Sweep', 'sweep-results'],
    ] as const) {
      new Rule(this, id, { schedule: Schedule.rate(Duration.minutes(1)), targets: [new SfnStateMachine(machine(name), { input })] });
    }
    new Rule(this, 'Reap', {
      schedule: Schedule.rate(Duration.minutes(props.reapEveryMinutes)),
      targets: [new SfnStateMachine(machine('reap-workers'), { input })],
    });
    const verify = RuleTargetInput.fromObject({ id: EventField.eventId, operationId: 'scheduled' });
    new Rule(this, 'VerifyHome', {
      schedule: Schedule.rate(Duration.minutes(props.verifyEveryMinutes)),
      targets: [new SfnStateMachine(machine('tend-home'), { input: verify })],
    });
    new Rule(this, 'ExecutionEnded', {
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: [...props.machines.values()].map((each) => each.stateMachineArn),
        },
      },
      targets: [new LambdaTarget(props.settle, { retryAttempts: 10 })],
    });
  }
}
