/** Runs the machines' own text against handlers in memory: Task, token Task, Choice, Map, Pass and Fail. Time-outs are the test's to call. */
import type { MachineName, Machines } from '../../../../layers/core/ports/outside';
import { evaluate, machineText, StateFailure, type Json, type Machine, type State } from './asl-text';

export type Handlers = Readonly<Record<string, (payload: never) => Promise<unknown>>>;

export interface Execution {
  readonly machine: MachineName;
  readonly name: string;
  readonly input: Json;
  /** States entered, in order. */
  readonly entered: string[];
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  output?: unknown;
}
interface Waiting {
  readonly execution: Execution;
  readonly state: string;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface Runner extends Machines {
  readonly executions: readonly Execution[];
  /** Until every execution has ended or waits for a token. */
  settled(): Promise<void>;
  /** The token wait of this state runs out, in every execution that is in it. */
  timeOut(state: string): Promise<void>;
  waitingIn(): readonly string[];
}

export function aslRunner(handlers: () => Handlers, startTime: () => Date = () => new Date()): Runner {
  const executions: Execution[] = [];
  const waiting = new Map<string, Waiting>();
  /** Tokens whose function has returned: their branch does nothing until it is answered. */
  const paused = new Set<string>();
  let [active, tokens] = [0, 0];
  async function call(execution: Execution, name: string, state: State, context: Json): Promise<unknown> {
    const isToken = state.Resource?.endsWith('.waitForTaskToken') === true;
    const token = `token-${(tokens += 1)}`;
    const states = {
      ...context,
      context: { Task: { Token: token }, Execution: { Name: execution.name, StartTime: startTime().toISOString() } },
    };
    const { FunctionName: fn, Payload } = (await evaluate(state.Arguments, states)) as { FunctionName: string; Payload: never };
    if (state.TimeoutSeconds !== undefined && typeof (await evaluate(state.TimeoutSeconds, states)) !== 'number')
      throw new StateFailure('States.Runtime');
    const handler = handlers()[fn.replace(/^\$\{|Arn\}$/g, '')];
    if (!handler) throw new StateFailure(`no handler ${fn}`);
    const answered = new Promise<unknown>((resolve, reject) => waiting.set(token, { execution, state: name, resolve, reject }));
    // A rejection may come before anybody waits for it.
    answered.catch(() => undefined);
    try {
      const returned = await handler(Payload);
      if (!isToken) return { Payload: JSON.parse(JSON.stringify(returned ?? null)) as unknown };
    } finally {
      if (!isToken) waiting.delete(token);
    }
    if (waiting.has(token)) {
      paused.add(token);
      active -= 1;
    }
    return answered;
  }

  async function task(execution: Execution, name: string, state: State, context: Json): Promise<unknown> {
    const used = new Map<number, number>();
    for (;;) {
      try {
        return await call(execution, name, state, context);
      } catch (error) {
        const kind = error instanceof StateFailure ? error.error : 'Error';
        const index = (state.Retry ?? []).findIndex(({ ErrorEquals }) => ErrorEquals.includes(kind) || ErrorEquals.includes('States.ALL'));
        const retrier = state.Retry?.[index];
        if (execution.status !== 'RUNNING' || !retrier || (used.get(index) ?? 0) >= retrier.MaxAttempts) throw error;
        used.set(index, (used.get(index) ?? 0) + 1);
      }
    }
  }

  async function walk(execution: Execution, machine: Machine, start: unknown): Promise<unknown> {
    let [name, data] = [machine.StartAt, start];
    for (;;) {
      const state = machine.States[name];
      if (!state) throw new StateFailure(`no state ${name}`);
      execution.entered.push(name);
      const context = { input: data };
      if (state.Type === 'Fail') throw new StateFailure('StepFailed');
      if (state.Type === 'Choice') {
        const results = await Promise.all((state.Choices ?? []).map(({ Condition }) => evaluate(Condition, context)));
        name = state.Choices?.[results.indexOf(true)]?.Next ?? state.Default ?? '';
        continue;
      }
      try {
        const result =
          state.Type === 'Task'
            ? await task(execution, name, state, context)
            : state.Type === 'Map' && state.ItemProcessor
              ? await mapOver(execution, state.ItemProcessor, await evaluate(state.Items, context))
              : data;
        data = state.Output === undefined ? result : await evaluate(state.Output, { ...context, result });
      } catch (error) {
        const catcher = state.Catch?.[0];
        if (!catcher || execution.status !== 'RUNNING') throw error;
        if (catcher.Output !== undefined) data = await evaluate(catcher.Output, context);
        name = catcher.Next;
        continue;
      }
      if (state.End || state.Type === 'Succeed') return data;
      name = state.Next ?? '';
    }
  }

  async function mapOver(execution: Execution, processor: Machine, items: unknown): Promise<unknown> {
    const list = items as readonly unknown[];
    active += list.length - 1;
    const results = list.map(async (item) => {
      const result = await walk(execution, processor, item);
      active -= 1;
      return result;
    });
    const all = await Promise.all(results);
    active += 1;
    return all;
  }

  const settled = async (): Promise<void> => {
    do await new Promise((resolve) => setImmediate(resolve));
    while (active > 0);
  };
  return {
    executions,
    settled,
    waitingIn: () => [...waiting.values()].map(({ state }) => state),
    timeOut: async (state) => {
      await settled();
      for (const [token, wait] of waiting) {
        if (wait.state !== state) continue;
        waiting.delete(token);
        if (paused.delete(token)) active += 1;
        wait.reject(new StateFailure('States.Timeout'));
      }
      await settled();
    },
    start: async (machine, name, input) => {
      if (executions.some((each) => each.machine === machine && each.name === name)) return 'already';
      const execution: Execution = { machine, name, input: JSON.parse(JSON.stringify(input)) as Json, entered: [], status: 'RUNNING' };
      executions.push(execution);
      active += 1;
      const end = (status: Execution['status']) => {
        if (execution.status === 'RUNNING') execution.status = status;
        active -= 1;
      };
      void walk(execution, machineText(machine), execution.input).then(
        (output) => {
          execution.output = output;
          end('SUCCEEDED');
        },
        () => end('FAILED'),
      );
      return 'started';
    },
    answer: async (token, output) => {
      const wait = waiting.get(token);
      if (!wait) return 'expired';
      waiting.delete(token);
      // Answered while its function still runs: it was not counted as waiting yet.
      queueMicrotask(() => wait.resolve(JSON.parse(JSON.stringify(output))));
      if (paused.delete(token)) active += 1;
      return 'answered';
    },
    status: async (machine, name) => executions.find((each) => each.machine === machine && each.name === name)?.status,
    running: async (machine) => executions.filter((each) => each.machine === machine && each.status === 'RUNNING').map(({ name }) => name),
    stop: async (machine, name) => {
      const execution = executions.find((each) => each.machine === machine && each.name === name);
      if (execution?.status !== 'RUNNING') return;
      execution.status = 'ABORTED';
      for (const [token, wait] of waiting) {
        if (wait.execution !== execution) continue;
        waiting.delete(token);
        if (paused.delete(token)) active += 1;
        wait.reject(new StateFailure('Aborted'));
      }
    },
  };
}
