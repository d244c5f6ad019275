import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const ROOT = resolve(__dirname, '../..');

export interface StateText {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly Arguments?: { readonly FunctionName?: string; readonly Payload?: unknown };
  readonly TimeoutSeconds?: number | string;
  readonly HeartbeatSeconds?: number;
  readonly Retry?: readonly Readonly<Record<string, unknown>>[];
  readonly Catch?: readonly Readonly<Record<string, unknown>>[];
  readonly Default?: string;
  readonly ItemProcessor?: MachineText;
}
export interface MachineText {
  readonly Comment?: string;
  readonly QueryLanguage?: string;
  readonly TimeoutSeconds?: number;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, StateText>>;
}
export interface NamedState {
  readonly machine: string;
  readonly name: string;
  readonly state: StateText;
}

export const machineNames: readonly string[] = readdirSync(join(ROOT, 'statemachines'))
  .filter((file) => file.endsWith('.asl.json'))
  .map((file) => file.replace('.asl.json', ''));
export const textOf = (machine: string): string => readFileSync(join(ROOT, 'statemachines', `${machine}.asl.json`), 'utf8');
export const machineOf = (machine: string): MachineText => JSON.parse(textOf(machine)) as MachineText;

const flatten = (machine: string, text: MachineText): readonly NamedState[] =>
  Object.entries(text.States).flatMap(([name, state]) => [
    { machine, name, state },
    ...(state.ItemProcessor ? flatten(machine, state.ItemProcessor) : []),
  ]);
/** Every state of every machine, those inside a Map too. */
export const allStates: readonly NamedState[] = machineNames.flatMap((machine) => flatten(machine, machineOf(machine)));
export const taskStates = allStates.filter(({ state }) => state.Type === 'Task');
export const isTokenState = ({ state }: NamedState): boolean => state.Resource?.endsWith('.waitForTaskToken') === true;

export const functionNames: readonly string[] = readdirSync(join(ROOT, 'functions'));
export const kebab = (pascal: string): string => pascal.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
export const pascal = (name: string): string => name.replace(/(^|-)([a-z])/g, (_match, _dash, letter: string) => letter.toUpperCase());
