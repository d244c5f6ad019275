import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Conduct, FAULTS } from './conduct';
import { misfit, runDocument, type Document } from './node';

export const SendCommand = z.object({
  DocumentName: z.string(),
  InstanceIds: z.tuple([z.string()]),
  Parameters: z.record(z.string(), z.array(z.string())),
  TimeoutSeconds: z.number().int().min(30).max(2_592_000),
  Comment: z.string().max(100),
});
export type SendCommand = z.infer<typeof SendCommand>;

export interface Invocation {
  Status: string;
  StatusDetails: string;
  ResponseCode: number;
  StandardOutputContent: string;
  StandardErrorContent: string;
}
export interface Command {
  readonly id: string;
  readonly node: string;
  readonly comment: string;
  readonly invocation: Invocation;
  /** Looks that were answered InvocationDoesNotExist, as just after sending. */
  unknownLooks: number;
}
/** An error of the API, by its name. */
export class SsmError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

type NodeFault = (typeof FAULTS)['node'][number];
const NEVER_RUN: Readonly<Partial<Record<NodeFault, Partial<Invocation>>>> = {
  undeliverable: { Status: 'Failed', StatusDetails: 'Undeliverable' },
  'delivery-timed-out': { Status: 'TimedOut', StatusDetails: 'DeliveryTimedOut' },
  terminated: { Status: 'Failed', StatusDetails: 'Terminated' },
};
const RUN_AND: Readonly<Partial<Record<NodeFault, Partial<Invocation>>>> = {
  'execution-timed-out': { Status: 'TimedOut', StatusDetails: 'ExecutionTimedOut', ResponseCode: -1, StandardOutputContent: '' },
  cancelled: { Status: 'Cancelled', StatusDetails: 'Cancelled', StandardOutputContent: '' },
  'never-ends': { Status: 'InProgress', StatusDetails: 'InProgress', ResponseCode: -1, StandardOutputContent: '' },
};

/** Commands of one node, as Run Command keeps them. */
export class Commands {
  private readonly kept = new Map<string, Command>();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly node: string,
    private readonly conduct: Conduct,
  ) {}

  /** Makes a command and lets it run. @throws SsmError */
  send({ Parameters, InstanceIds: [node], Comment }: SendCommand, document: Document): Command {
    if (node !== this.node) throw new SsmError('InvalidInstanceId', `Instances [[${node}]] not in a valid state`);
    const wrong = misfit(document, Parameters);
    if (wrong !== undefined) throw new SsmError('InvalidParameters', wrong);
    const invocation = {
      Status: 'Pending',
      StatusDetails: 'Pending',
      ResponseCode: -1,
      StandardOutputContent: '',
      StandardErrorContent: '',
    };
    const command: Command = { id: randomUUID(), node, comment: Comment, invocation, unknownLooks: 0 };
    this.kept.set(command.id, command);
    const work = this.run(command.invocation, document, Parameters, this.conduct.meet('node'));
    this.running.add(work);
    void work.finally(() => this.running.delete(work));
    return command;
  }

  /** @throws SsmError, also for the first look: SSM knows an invocation a moment after its command. */
  look(id: string): Command {
    const command = this.kept.get(id);
    const fault = this.conduct.meet('look');
    if (!command || command.unknownLooks === 0 || fault === 'InvocationDoesNotExist') {
      if (command) command.unknownLooks += 1;
      throw new SsmError('InvocationDoesNotExist', '');
    }
    if (fault) throw new SsmError(fault, fault, fault === 'InternalServerError' ? 500 : 400);
    return command;
  }

  /** Once nothing runs any more. */
  async idle(): Promise<void> {
    await Promise.all(this.running);
  }

  private async run(invocation: Invocation, document: Document, parameters: SendCommand['Parameters'], fault?: NodeFault): Promise<void> {
    const never = fault && NEVER_RUN[fault];
    if (never) return void Object.assign(invocation, never);
    Object.assign(invocation, { Status: 'InProgress', StatusDetails: 'InProgress' });
    const ended = await runDocument(document, parameters);
    const status = ended.timedOut ? 'TimedOut' : ended.code === 0 ? 'Success' : 'Failed';
    Object.assign(invocation, {
      ResponseCode: ended.code,
      StandardOutputContent: fault === 'output-cut' ? ended.stdout.slice(0, 20) : ended.stdout,
      StandardErrorContent: ended.stderr,
      StatusDetails: ended.timedOut ? 'ExecutionTimedOut' : status,
      Status: status,
      ...(fault && RUN_AND[fault]),
    });
  }
}
