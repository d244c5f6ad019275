/** How a machine's own text is walked: Task, token Task, Choice, Map, Pass, Wait, Succeed and Fail. */
import { evaluate, StateFailure, type Json, type Machine, type State } from './asl-text';

/** What the walk leaves to its runner. */
export interface Steps {
  entered(name: string): void;
  /** One call of a Task's function; with a token, until that is answered. @throws StateFailure */
  call(name: string, state: State, context: Json): Promise<unknown>;
  pause(seconds: number): Promise<void>;
  isRunning(): boolean;
  /** So many branches more, or fewer, are at work. */
  branches(change: number): void;
}

async function task(steps: Steps, name: string, state: State, context: Json): Promise<unknown> {
  const used = new Map<number, number>();
  for (;;) {
    try {
      return await steps.call(name, state, context);
    } catch (error) {
      const kind = error instanceof StateFailure ? error.error : 'Error';
      const index = (state.Retry ?? []).findIndex(({ ErrorEquals }) => ErrorEquals.includes(kind) || ErrorEquals.includes('States.ALL'));
      const retrier = state.Retry?.[index];
      const tries = used.get(index) ?? 0;
      if (!steps.isRunning() || !retrier || tries >= retrier.MaxAttempts) throw error;
      used.set(index, tries + 1);
      const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Infinity } = retrier;
      await steps.pause(Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** tries));
    }
  }
}

async function choose(state: State, data: unknown): Promise<{ readonly next: string; readonly data: unknown }> {
  for (const { Condition, Output, Next } of state.Choices ?? []) {
    if ((await evaluate(Condition, { input: data })) !== true) continue;
    return { next: Next, data: Output === undefined ? data : await evaluate(Output, { input: data }) };
  }
  return { next: state.Default ?? '', data };
}

async function resultOf(steps: Steps, name: string, state: State, data: unknown): Promise<unknown> {
  const context = { input: data };
  if (state.Type === 'Wait') await steps.pause(state.Seconds ?? 0);
  if (state.Type === 'Task') return task(steps, name, state, context);
  if (state.Type !== 'Map' || !state.ItemProcessor) return data;
  const [processor, items] = [state.ItemProcessor, (await evaluate(state.Items, context)) as readonly unknown[]];
  steps.branches(items.length - 1);
  const results = await Promise.all(
    items.map(async (item) => {
      const result = await walk(steps, processor, item);
      steps.branches(-1);
      return result;
    }),
  );
  steps.branches(1);
  return results;
}

/** From its first state to its end. @returns its output @throws StateFailure */
export async function walk(steps: Steps, machine: Machine, start: unknown): Promise<unknown> {
  let [name, data] = [machine.StartAt, start];
  for (;;) {
    const state = machine.States[name];
    if (!state) throw new StateFailure(`no state ${name}`);
    steps.entered(name);
    if (state.Type === 'Fail') throw new StateFailure('StepFailed');
    if (state.Type === 'Choice') {
      ({ next: name, data } = await choose(state, data));
      continue;
    }
    try {
      const result = await resultOf(steps, name, state, data);
      data = state.Output === undefined ? result : await evaluate(state.Output, { input: data, result });
    } catch (error) {
      const catcher = state.Catch?.[0];
      if (!catcher || !steps.isRunning()) throw error;
      if (catcher.Output !== undefined) data = await evaluate(catcher.Output, { input: data });
      name = catcher.Next;
      continue;
    }
    if (state.End || state.Type === 'Succeed') return data;
    name = state.Next ?? '';
  }
}
