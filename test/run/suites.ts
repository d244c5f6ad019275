/** Lanes that stand together run at the same time, a lane's suites one after the other: most of them use one core. */
export const LANES = [['checks', 'units'], ['whole']] as const;

/** What `npm test` runs; the caps are also in test/README.md. A suite that passes its cap is ended and counts as failed. */
export interface Suite {
  readonly name: string;
  readonly lane: (typeof LANES)[number][number];
  readonly what: string;
  readonly command: readonly string[];
  readonly capMinutes: number;
  /** Looks at real parts: Slurm, sshd, sandboxes, a browser. */
  readonly needsSystem?: true;
  /** How its tests are counted: by Jest's JSON, by unittest's closing line, or as one check by its exit code. */
  readonly counted: 'jest' | 'unittest' | 'exit-code';
}

const jest = (...paths: readonly string[]): readonly string[] => ['jest', '--runInBand', ...paths];

/** Much waiting for Slurm's own clocks: beside suites that compute. */
const BRIDGE = [
  ...['cluster-faults', 'accounting', 'ended-by-slurm'].map((name) => `test/contract/gate/${name}`),
  ...['test/contract/life', 'test/contract/cluster-tasks'],
];

/** Much computing in simulated time: a suite of its own, without coverage. */
const SIMULATED = ['test/unit/core/lifecycle/model', 'test/unit/functions/crash', 'test/unit/day'];

export const SUITES: readonly Suite[] = [
  {
    name: 'format',
    lane: 'checks',
    what: 'prettier',
    command: ['prettier', '--check', '--log-level', 'warn', '.'],
    capMinutes: 4,
    counted: 'exit-code',
  },
  {
    name: 'lint',
    lane: 'checks',
    what: 'typescript-eslint, type-checked',
    command: ['eslint', '.', '--max-warnings', '0'],
    capMinutes: 12,
    counted: 'exit-code',
  },
  { name: 'types', lane: 'checks', what: 'tsc, strict', command: ['tsc', '--noEmit'], capMinutes: 8, counted: 'exit-code' },
  {
    name: 'types-page',
    lane: 'checks',
    what: 'tsc, strict: the status page and its tests, which know a browser',
    command: ['tsc', '--noEmit', '-p', 'test/contract/page'],
    capMinutes: 5,
    counted: 'exit-code',
  },
  {
    name: 'unit',
    lane: 'units',
    what: 'core, handlers on fakes, stand-ins; with coverage',
    command: jest('test/unit', '--coverage', ...SIMULATED.map((path) => `--testPathIgnorePatterns=${path}`)),
    capMinutes: 15,
    needsSystem: true,
    counted: 'jest',
  },
  {
    name: 'simulated',
    lane: 'checks',
    what: 'the model of the life cycle, a death after every effect, a day of a thousand workers',
    command: jest(...SIMULATED),
    capMinutes: 15,
    counted: 'jest',
  },
  {
    name: 'unit-slurm',
    lane: 'units',
    what: 'gate, agent and pipeline in Python',
    command: ['python3', '-m', 'unittest', 'discover', '-s', 'test/unit/slurm'],
    capMinutes: 10,
    needsSystem: true,
    counted: 'unittest',
  },
  {
    name: 'structure',
    lane: 'checks',
    what: 'layout, dependencies, machines, runbook',
    command: jest('test/structure'),
    capMinutes: 10,
    counted: 'jest',
  },
  { name: 'infra', lane: 'checks', what: 'synthesis, grants, cdk-nag', command: jest('test/infra'), capMinutes: 10, counted: 'jest' },
  {
    name: 'contract',
    lane: 'checks',
    what: 'one suite for the fake and the real thing',
    command: jest('test/contract', ...BRIDGE.map((path) => `--testPathIgnorePatterns=${path}`)),
    capMinutes: 25,
    needsSystem: true,
    counted: 'jest',
  },
  { name: 'emulator', lane: 'checks', what: 'emulators start, bind, stop', command: jest('test/emulator'), capMinutes: 6, counted: 'jest' },
  {
    name: 'bridge',
    lane: 'units',
    what: "a batch's life over SSH, Systems Manager and a site; faults between bridge and the real Slurm; tasks on it",
    command: jest(...BRIDGE),
    capMinutes: 25,
    needsSystem: true,
    counted: 'jest',
  },
  {
    name: 'e2e',
    lane: 'whole',
    what: 'deployed stack on both emulators, real Slurm, sshd, Nextflow; faults',
    // Three files at once: much of an end-to-end run is waiting. One of them at most is on LocalStack, and no other suite beside: two slow cores would let the API's answers
    // take longer than an agent waits for them.
    command: ['jest', '--maxWorkers=3', '--testSequencer=./test/run/test-order.cjs', 'test/e2e'],
    capMinutes: 60,
    needsSystem: true,
    counted: 'jest',
  },
  {
    name: 'e2e-faults',
    lane: 'whole',
    what: 'each fault of test/faults.json that e2e makes came to be and was survived; nothing lost, nothing leaked',
    command: ['tsx', 'test/run/faults/main.ts', '--judge', 'test/e2e'],
    capMinutes: 2,
    counted: 'exit-code',
  },
];
