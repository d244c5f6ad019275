import fc from 'fast-check';
import { memoryMachines } from '../../../../layers/adapters/fakes/machines';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { enterWait, recordFact, type Fact } from '../../../../layers/core/use-cases/record-fact';

const WAIT = 'study-PRJEB1.1.1.a1.fetch/ended';
const FACTS: readonly Fact[] = [
  { outcome: 'ended', result: 'finished' },
  { outcome: 'ended', result: 'lost', cause: 'job-absent' },
];
const world = () => {
  const machines = memoryMachines();
  return { deps: { stores: memoryStores(), machines, now: () => new Date(0) }, machines };
};

test('fact and token meet in either order', async () => {
  for (const order of ['fact first', 'token first']) {
    const { deps, machines } = world();
    const steps = [() => recordFact(deps, WAIT, FACTS[0] as Fact), () => enterWait(deps, WAIT, 'one')];
    for (const step of order === 'fact first' ? steps : [...steps].reverse()) await step();
    expect({ order, answered: machines.answered }).toEqual({ order, answered: [{ token: 'one', output: FACTS[0] }] });
  }
});

test('a fact that is answered already is not answered again', async () => {
  const { deps, machines } = world();
  await enterWait(deps, WAIT, 'one');
  expect(await recordFact(deps, WAIT, FACTS[0] as Fact)).toBe('answered');
  expect(await recordFact(deps, WAIT, FACTS[1] as Fact)).toBe('answered');
  expect(machines.answered).toHaveLength(1);
});

test('a token that waits no longer is an expected outcome, and the next token is answered', async () => {
  const { deps, machines } = world();
  await enterWait(deps, WAIT, 'old');
  machines.expire('old');
  expect(await recordFact(deps, WAIT, FACTS[0] as Fact)).toBe('expired');
  expect(await enterWait(deps, WAIT, 'new')).toBe('answered');
});

test('an answer that throws leaves the wait unanswered, so that the next try answers', async () => {
  const { deps, machines } = world();
  await enterWait(deps, WAIT, 'one');
  const failing = { ...deps, machines: { ...machines, answer: () => Promise.reject(new Error('throttled')) } };
  await expect(recordFact(failing, WAIT, FACTS[0] as Fact)).rejects.toThrow('throttled');
  expect(await recordFact(deps, WAIT, FACTS[0] as Fact)).toBe('answered');
});

/** Each step may come twice, in any order, interleaved; old tokens may die at any moment. */
const Step = fc.oneof(
  fc.record({ do: fc.constant('fact' as const), which: fc.nat(1) }),
  fc.record({ do: fc.constant('token' as const), which: fc.nat(3) }),
  fc.record({ do: fc.constant('expire' as const), which: fc.nat(3) }),
);

test('whatever the order: every answer is the first fact, and the newest living token is answered once a fact is there', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(Step, { maxLength: 12 }), async (steps) => {
      const { deps, machines } = world();
      const dead = new Set<string>();
      let first: Fact | undefined;
      let newest: string | undefined;
      for (const step of steps) {
        const token = `token-${step.which}`;
        if (step.do === 'fact') {
          first ??= FACTS[step.which];
          await recordFact(deps, WAIT, FACTS[step.which] as Fact);
        } else if (step.do === 'token') {
          newest = token;
          await enterWait(deps, WAIT, token);
        } else {
          machines.expire(token);
          dead.add(token);
        }
        expect(machines.answered.every(({ output }) => JSON.stringify(output) === JSON.stringify(first))).toBe(true);
        const tokens = machines.answered.map((answer) => answer.token);
        expect(new Set(tokens).size).toBe(tokens.length);
        if (first && newest && !dead.has(newest)) expect(tokens).toContain(newest);
      }
    }),
    { numRuns: 300 },
  );
});

test('two who come at the same moment are answered once, whoever wins', async () => {
  const { deps, machines } = world();
  await Promise.all([recordFact(deps, WAIT, FACTS[0] as Fact), enterWait(deps, WAIT, 'one'), recordFact(deps, WAIT, FACTS[1] as Fact)]);
  expect(machines.answered).toEqual([{ token: 'one', output: FACTS[0] }]);
});
