/** Runs the machines' own text against handlers in memory. Time-outs are the test's to call, unless there is a clock that does it. */
import type { MachineName, Machines } from '../../../../layers/core/ports/outside';
import { evaluate, machineText, StateFailure, type Json, type State } from './asl-text';
import { walk, type Steps } from './asl-walk';

export type Handlers = Readonly<Record<string, (payload: never) => Promise<unknown>>>;
type Ended = 'SUCCEEDED' | 'FAILED' | 'ABORTED';

export interface Execution {
  readonly machine: MachineName;
  readonly name: string;
  readonly input: Json;
  /** States entered, in order. */
  readonly entered: string[];
  /** What each function answered last, by state. */
  readonly seen: Record<string, unknown>;
  status: 'RUNNING' | Ended;
  output?: unknown;
}
interface Waiting {
  readonly execution: Execution;
  readonly state: string;
  /** When its TimeoutSeconds are over. */
  readonly until: Date;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface Runner extends Machines {
  readonly executions: readonly Execution[];
  /** Until every execution has ended or waits for a token, or for the clock. */
  settled(): Promise<void>;
  /** The token wait of this state runs out, in every execution that is in it. */
  timeOut(state: string): Promise<void>;
  /** The token waits whose TimeoutSeconds are over run out. */
  timeOutOverdue(): Promise<void>;
  waitingIn(): readonly string[];
  /** Ends an execution whatever it does, as an abort or a fault of the service does. */
  kill(machine: MachineName, name: string, status: 'FAILED' | 'ABORTED'): void;
}
export interface RunnerOptions {
  readonly now?: () => Date;
  /** Does the work after so many seconds; without it pauses take no time and nothing runs out. */
  readonly after?: (seconds: number, work: () => void) => void;
  readonly onEnd?: (execution: Execution) => void;
}

export function aslRunner(handlers: () => Handlers, { now = () => new Date(), after, onEnd }: RunnerOptions = {}): Runner {
  const executions: Execution[] = [];
  const byId = new Map<string, Execution>();
  const waiting = new Map<string, Waiting>();
  /** Tokens whose function has returned: their branch does nothing until it is answered. */
  const paused = new Set<string>();
  let [active, tokens] = [0, 0];
  const idOf = (machine: MachineName, name: string): string => `${machine}/${name}`;
  const find = (machine: MachineName, name: string): Execution | undefined =>
    byId.get(idOf(machine, name)) ?? executions.find((each) => each.machine === machine && each.name === name);
  const wake = (token: string): Waiting | undefined => {
    const wait = waiting.get(token);
    waiting.delete(token);
    if (paused.delete(token)) active += 1;
    return wait;
  };
  const runOut = (token: string): void => wake(token)?.reject(new StateFailure('States.Timeout'));

  async function call(execution: Execution, name: string, state: State, context: Json): Promise<unknown> {
    const isToken = state.Resource?.endsWith('.waitForTaskToken') === true;
    const token = `token-${(tokens += 1)}`;
    const at = { Name: execution.name, StartTime: now().toISOString() };
    const states = { ...context, context: { Task: { Token: token }, Execution: at } };
    const { FunctionName: fn, Payload } = (await evaluate(state.Arguments, states)) as { FunctionName: string; Payload: never };
    const seconds = await evaluate(state.TimeoutSeconds ?? 0, states);
    if (typeof seconds !== 'number') throw new StateFailure('States.Runtime');
    const until = new Date(now().getTime() + seconds * 1000);
    const handler = handlers()[fn.replace(/^\$\{|Arn\}$/g, '')];
    if (!handler) throw new StateFailure(`no handler ${fn}`);
    const answered = new Promise<unknown>((resolve, reject) => {
      if (isToken) waiting.set(token, { execution, state: name, until, resolve, reject });
    });
    // A rejection may come before anybody waits for it.
    answered.catch(() => undefined);
    if (isToken) after?.(seconds, () => runOut(token));
    try {
      const returned = await handler(Payload);
      execution.seen[name] = returned;
      if (!isToken) return { Payload: JSON.parse(JSON.stringify(returned ?? null)) as unknown };
    } catch (error) {
      // What was answered before its function died stays answered; a token whose function died unanswered is worth nothing.
      if (!isToken || waiting.delete(token)) throw error;
    }
    if (waiting.has(token)) {
      paused.add(token);
      active -= 1;
    }
    return answered;
  }

  const pause = async (seconds: number): Promise<void> => {
    if (after === undefined) return;
    active -= 1;
    await new Promise<void>((resolve) =>
      after(seconds, () => {
        active += 1;
        resolve();
      }),
    );
  };
  const stepsOf = (execution: Execution): Steps => ({
    entered: (name) => execution.entered.push(name),
    call: (name, state, context) => call(execution, name, state, context),
    pause,
    isRunning: () => execution.status === 'RUNNING',
    branches: (change) => {
      active += change;
    },
  });
  const end = (execution: Execution, status: Ended): void => {
    if (execution.status !== 'RUNNING') return;
    execution.status = status;
    onEnd?.(execution);
  };
  const kill = (machine: MachineName, name: string, status: 'FAILED' | 'ABORTED'): void => {
    const execution = find(machine, name);
    if (execution?.status !== 'RUNNING') return;
    end(execution, status);
    for (const [token, wait] of waiting) if (wait.execution === execution) wake(token)?.reject(new StateFailure('Aborted'));
  };
  const settled = async (): Promise<void> => {
    do await new Promise((resolve) => setImmediate(resolve));
    while (active > 0);
  };
  const timeOutWhere = async (isOver: (wait: Waiting) => boolean): Promise<void> => {
    await settled();
    for (const [token, wait] of waiting) if (isOver(wait)) runOut(token);
    await settled();
  };
  return {
    executions,
    settled,
    kill,
    waitingIn: () => [...waiting.values()].map(({ state }) => state),
    timeOut: (state) => timeOutWhere((wait) => wait.state === state),
    timeOutOverdue: () => timeOutWhere(({ until }) => until <= now()),
    start: async (machine, name, input) => {
      if (byId.has(idOf(machine, name))) return 'already';
      const execution: Execution = {
        machine,
        name,
        input: JSON.parse(JSON.stringify(input)) as Json,
        entered: [],
        seen: {},
        status: 'RUNNING',
      };
      executions.push(execution);
      byId.set(idOf(machine, name), execution);
      active += 1;
      const ended = (status: Ended): void => {
        end(execution, status);
        active -= 1;
      };
      void walk(stepsOf(execution), machineText(machine), execution.input).then(
        (output) => {
          execution.output = output;
          ended('SUCCEEDED');
        },
        () => ended('FAILED'),
      );
      return 'started';
    },
    answer: async (token, output) => {
      const wait = wake(token);
      if (!wait) return 'expired';
      // Answered while its function still runs: it was not counted as waiting yet.
      queueMicrotask(() => wait.resolve(JSON.parse(JSON.stringify(output))));
      return 'answered';
    },
    status: async (machine, name) => find(machine, name)?.status,
    running: async (machine) => executions.filter((each) => each.machine === machine && each.status === 'RUNNING').map(({ name }) => name),
    stop: async (machine, name) => kill(machine, name, 'ABORTED'),
  };
}
