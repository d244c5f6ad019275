import { z } from 'zod';

/** What may go wrong with one call or one command, by where it happens. */
export const FAULTS = {
  /** The call is refused; nothing is made. */
  send: ['InvalidInstanceId', 'ThrottlingException', 'AccessDeniedException'],
  /** The call fails, but the command is made and runs. */
  sent: ['reply-lost', 'error-after'],
  /** The node's end of it: the first three never run; the others run and are told of so. */
  node: ['undeliverable', 'delivery-timed-out', 'terminated', 'execution-timed-out', 'cancelled', 'never-ends', 'output-cut'],
  /** A look fails; the command goes on. */
  look: ['InvocationDoesNotExist', 'ThrottlingException', 'InternalServerError'],
} as const;

export const Fault = z.union([
  z.strictObject({ at: z.literal('send'), what: z.enum(FAULTS.send), times: z.number().int().positive().default(1) }),
  z.strictObject({ at: z.literal('sent'), what: z.enum(FAULTS.sent), times: z.number().int().positive().default(1) }),
  z.strictObject({ at: z.literal('node'), what: z.enum(FAULTS.node), times: z.number().int().positive().default(1) }),
  z.strictObject({ at: z.literal('look'), what: z.enum(FAULTS.look), times: z.number().int().positive().default(1) }),
]);
export type Fault = z.infer<typeof Fault>;
type What<At extends keyof typeof FAULTS> = (typeof FAULTS)[At][number];

/** Faults to come, each met so many times, in the order in which they were told. */
export class Conduct {
  private due: Fault[] = [];

  add(fault: z.input<typeof Fault>): void {
    this.due.push(Fault.parse(fault));
  }
  clear(): void {
    this.due = [];
  }
  /** The next fault of this place, if one is due; it is counted. */
  meet<At extends keyof typeof FAULTS>(at: At): What<At> | undefined {
    const found = this.due.find((fault) => fault.at === at);
    if (!found) return undefined;
    found.times -= 1;
    if (found.times === 0) this.due = this.due.filter((fault) => fault !== found);
    return found.what;
  }
}
