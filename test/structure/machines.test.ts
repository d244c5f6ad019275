import validate from 'asl-validator';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  allStates,
  functionNames,
  isTokenState,
  kebab,
  machineNames,
  machineOf,
  ROOT,
  taskStates,
  textOf,
  type NamedState,
} from './machine-text';

/** Functions that are no state: API routes and the rule on executions that ended abnormally. */
const NO_STATE = ['accept-callback', 'query-runs', 'serve-api', 'serve-page', 'serve-sites', 'settle-execution'];
const names = (states: readonly NamedState[]): readonly string[] => states.map(({ machine, name }) => `${machine}/${name}`);

test('the machines are there, each with its README', () => {
  expect([...machineNames].sort()).toEqual([
    'add-sources',
    'check-source',
    'export-runs',
    'heartbeat',
    'process-batch',
    'publish-source',
    'reap-workers',
    'sweep-results',
    'tend-home',
  ]);
  expect(machineNames.filter((name) => !existsSync(join(ROOT, 'statemachines', `${name}.README.md`)))).toEqual([]);
});

test.each(machineNames)('%s is valid, in JSONata', (name) => {
  const { isValid, errorsText } = validate(machineOf(name));
  expect({ isValid, errors: errorsText() }).toEqual({ isValid: true, errors: '' });
  expect(machineOf(name).QueryLanguage).toBe('JSONata');
});

test('each machine and each state says what it is for', () => {
  expect(machineNames.filter((name) => !machineOf(name).Comment)).toEqual([]);
  expect(names(allStates.filter(({ state }) => !state.Comment))).toEqual([]);
});

test('one name per step: state, placeholder and folder are the same', () => {
  for (const { name, state } of taskStates) {
    expect({ name, calls: state.Arguments?.FunctionName }).toEqual({ name, calls: `\${${name}Arn}` });
  }
  // SettleOperation ends every machine that works for an operation.
  const steps = new Set(taskStates.map(({ name }) => kebab(name)));
  expect([...steps, ...NO_STATE].sort()).toEqual([...functionNames].sort());
});

test('every placeholder is used by a state, and every state has one', () => {
  const used = machineNames.flatMap((name) => [...textOf(name).matchAll(/\$\{(\w+)Arn\}/g)].map((match) => match[1] ?? ''));
  expect([...used].sort()).toEqual(taskStates.map(({ name }) => name).sort());
});

test('each Choice has a Default', () => {
  expect(names(allStates.filter(({ state }) => state.Type === 'Choice' && state.Default === undefined))).toEqual([]);
});

test('each Task has a time-out, a Retry and a Catch that takes everything', () => {
  const bounded = ({ machine, state }: NamedState): boolean => (state.TimeoutSeconds ?? machineOf(machine).TimeoutSeconds) !== undefined;
  expect(names(taskStates.filter((each) => !bounded(each) || !each.state.Retry))).toEqual([]);
  expect(names(taskStates.filter((each) => isTokenState(each) && each.state.TimeoutSeconds === undefined))).toEqual([]);
  const catchesAll = (state: NamedState['state']): boolean => JSON.stringify(state.Catch?.at(-1)?.['ErrorEquals']) === '["States.ALL"]';
  expect(names(taskStates.filter(({ state }) => !catchesAll(state)))).toEqual([]);
});

const STANDARD = {
  ErrorEquals: ['States.ALL'],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts: 3,
  MaxDelaySeconds: 20,
  JitterStrategy: 'FULL',
};
/** After a token state's function has returned, only its time-out can come: that one is never retried, it leads to a look (contract 6). */
const NEVER_AFTER_RETURN = { ErrorEquals: ['States.Timeout'], MaxAttempts: 0 };

test('the standard retry is the last one of each Task, and identical everywhere', () => {
  for (const { machine, name, state } of taskStates) {
    expect({ machine, name, retry: state.Retry?.at(-1) }).toEqual({ machine, name, retry: STANDARD });
  }
});

test('a token state never waits again by itself; any other retry names an error of ours', () => {
  for (const each of taskStates) {
    const others = each.state.Retry?.slice(0, -1) ?? [];
    if (isTokenState(each)) expect({ name: each.name, others }).toEqual({ name: each.name, others: [NEVER_AFTER_RETURN] });
    else for (const { ErrorEquals } of others) expect(JSON.stringify(ErrorEquals)).toMatch(/^\["\w+Error"\]$/);
  }
});

test('silence alone never kills: no state has a heartbeat', () => {
  expect(names(allStates.filter(({ state }) => state.HeartbeatSeconds !== undefined))).toEqual([]);
});

test('a payload selects a few fields: ids, counts, the token; it computes nothing', () => {
  const selection = /^\{% \$states\.(input(\.\w+)*|context\.(Task\.Token|Execution\.(Name|StartTime))) %\}$/;
  for (const { machine, name, state } of taskStates) {
    const payload = state.Arguments?.Payload;
    const fields = typeof payload === 'object' && payload !== null ? Object.values(payload) : [];
    expect({ machine, name, fields: fields.length <= 6 }).toEqual({ machine, name, fields: true });
    for (const field of fields) expect(field).toMatch(selection);
  }
});

test('tokens are given to token states alone', () => {
  const given = taskStates.filter(({ state }) => JSON.stringify(state.Arguments).includes('Task.Token'));
  expect(names(given)).toEqual(names(taskStates.filter(isTokenState)));
});

test('no expression names a variable inside square brackets, where LocalStack binds none', () => {
  const expressions = machineNames.flatMap((machine) => [...textOf(machine).matchAll(/\{%.*?%\}/gs)].map(([text]) => ({ machine, text })));
  expect(expressions.filter(({ text }) => /\[[^\]]*\$/.test(text))).toEqual([]);
});
