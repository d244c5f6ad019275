/** What `npm test` runs, in this order; the caps are also in test/README.md. A suite that passes its cap is ended and counts as failed. */
export interface Suite {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
  readonly capMinutes: number;
  /** Looks at real parts: Slurm, sshd, sandboxes, a browser. */
  readonly needsSystem?: true;
  /** How its tests are counted: by Jest's JSON, by unittest's closing line, or as one check by its exit code. */
  readonly counted: 'jest' | 'unittest' | 'exit-code';
}

const jest = (...paths: readonly string[]): readonly string[] => ['jest', '--runInBand', ...paths];

export const SUITES: readonly Suite[] = [
  { name: 'format', what: 'prettier', command: ['prettier', '--check', '--log-level', 'warn', '.'], capMinutes: 2, counted: 'exit-code' },
  {
    name: 'lint',
    what: 'typescript-eslint, type-checked',
    command: ['eslint', '.', '--max-warnings', '0'],
    capMinutes: 8,
    counted: 'exit-code',
  },
  { name: 'types', what: 'tsc, strict', command: ['tsc', '--noEmit'], capMinutes: 5, counted: 'exit-code' },
  {
    name: 'types-page',
    what: 'tsc, strict: the status page and its tests, which know a browser',
    command: ['tsc', '--noEmit', '-p', 'test/contract/page'],
    capMinutes: 3,
    counted: 'exit-code',
  },
  {
    name: 'unit',
    what: 'core, handlers on fakes, stand-ins; with coverage',
    command: ['jest', 'test/unit', '--coverage'],
    capMinutes: 8,
    needsSystem: true,
    counted: 'jest',
  },
  {
    name: 'unit-slurm',
    what: 'gate, agent and pipeline in Python',
    command: ['python3', '-m', 'unittest', 'discover', '-s', 'test/unit/slurm'],
    capMinutes: 5,
    needsSystem: true,
    counted: 'unittest',
  },
  { name: 'structure', what: 'layout, dependencies, machines, runbook', command: jest('test/structure'), capMinutes: 5, counted: 'jest' },
  { name: 'infra', what: 'synthesis, grants, cdk-nag', command: jest('test/infra'), capMinutes: 6, counted: 'jest' },
  {
    name: 'contract',
    what: 'one suite for the fake and the real thing',
    command: jest('test/contract'),
    capMinutes: 20,
    needsSystem: true,
    counted: 'jest',
  },
  { name: 'emulator', what: 'emulators start, bind, stop', command: jest('test/emulator'), capMinutes: 6, counted: 'jest' },
  {
    name: 'e2e',
    what: 'deployed stack on both emulators, real Slurm, sshd, Nextflow; faults',
    // Three files at once: much of an end-to-end run is waiting for jobs and schedules.
    command: ['jest', '--maxWorkers=3', 'test/e2e'],
    capMinutes: 60,
    needsSystem: true,
    counted: 'jest',
  },
  {
    name: 'e2e-faults',
    what: 'each fault of test/faults.json that e2e makes came to be and was survived; nothing lost, nothing leaked',
    command: ['tsx', 'test/run/faults/main.ts', '--judge', 'test/e2e'],
    capMinutes: 2,
    counted: 'exit-code',
  },
];
