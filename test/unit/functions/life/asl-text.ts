/** The part of the Amazon States Language that the machines use, read from their own text. */
import jsonata from 'jsonata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineName } from '../../../../layers/core/ports/outside';

export type Json = Readonly<Record<string, unknown>>;
interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Output?: unknown;
  readonly Next: string;
}
interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly MaxAttempts: number;
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
}
export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Arguments?: { readonly FunctionName: string; readonly Payload: unknown };
  readonly Output?: unknown;
  readonly TimeoutSeconds?: unknown;
  /** Of a Wait. */
  readonly Seconds?: number;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Choices?: readonly { readonly Condition: string; readonly Output?: unknown; readonly Next: string }[];
  readonly Default?: string;
  readonly Items?: string;
  readonly ItemProcessor?: Machine;
  readonly Next?: string;
  readonly End?: boolean;
}
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}
export class StateFailure extends Error {
  constructor(readonly error: string) {
    super(error);
  }
}

/** Compiled once: the same few expressions are evaluated all the time. */
const compiled = new Map<string, ReturnType<typeof jsonata>>();
function expressionOf(text: string): ReturnType<typeof jsonata> {
  const known = compiled.get(text) ?? jsonata(text);
  compiled.set(text, known);
  return known;
}

/** A value with every `{% … %}` in it evaluated. */
export async function evaluate(value: unknown, states: Json): Promise<unknown> {
  if (typeof value === 'string' && /^\{%.*%\}$/s.test(value)) {
    const found: unknown = await expressionOf(value.slice(2, -2)).evaluate({}, { states });
    if (found === undefined) throw new StateFailure(`States.QueryEvaluationError: ${value}`);
    return JSON.parse(JSON.stringify(found));
  }
  if (Array.isArray(value)) return Promise.all(value.map((each) => evaluate(each, states)));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    await Promise.all(Object.entries(value).map(async ([name, each]) => [name, await evaluate(each, states)] as const)),
  );
}

const texts = new Map<MachineName, Machine>();
export function machineText(machine: MachineName): Machine {
  const path = join(__dirname, '../../../../statemachines', `${machine}.asl.json`);
  const text = texts.get(machine) ?? (JSON.parse(readFileSync(path, 'utf8')) as Machine);
  texts.set(machine, text);
  return text;
}
