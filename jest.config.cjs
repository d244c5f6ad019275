/** Suites: *unit* needs nothing, *contract* starts an emulator of its own, *emulator* and *e2e* need the deployed stack. */
const compiled = (syntax) => ['@swc/jest', { jsc: { parser: { syntax }, target: 'es2022' }, module: { type: 'commonjs' } }];

const project = (displayName, folders) => ({
  displayName,
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
  transform: { '\\.tsx?$': compiled('typescript'), '\\.m?js$': compiled('ecmascript') },
  // Some packages (middy, execa, listr2 and what they use) are ES modules alone, which Jest in CommonJS mode has to compile;
  // these large ones are CommonJS already.
  transformIgnorePatterns: [
    '/node_modules/(@aws-|@smithy|@duckdb|@jest|@swc|aws-cdk|aws-sdk|cdk-nag|constructs|electrodb|fast-check|jest|playwright-core|prettier|ssh2|typescript|undici|zod)',
  ],
  // Its package.json offers nothing to `require`.
  moduleNameMapper: { '^unicorn-magic$': '<rootDir>/node_modules/unicorn-magic/node.js' },
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.trawl'],
});

module.exports = {
  // A suite's time-out, for two busy cores; no test asserts on time.
  testTimeout: 60_000,
  collectCoverageFrom: ['cli/**/*.ts', 'functions/**/*.ts', 'layers/**/*.ts'],
  projects: [
    project('unit', ['unit', 'structure', 'infra']),
    project('contract', ['contract']),
    project('emulator', ['emulator']),
    project('e2e', ['e2e', 'faults']),
  ],
};
