/** The two rules of docs/design.md section 3, as dependency-cruiser reads them. test/structure/dependencies.test.ts plants a breach of each. */
module.exports = {
  forbidden: [
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: '^layers/core' },
      to: { pathNot: ['^layers/core', 'node_modules/zod', '^(node:)?crypto$'] },
    },
    {
      name: 'handler-sees-only-core',
      severity: 'error',
      from: { path: '^functions/[^/]+/handler' },
      to: { pathNot: ['^layers/core', 'node_modules/zod', '^functions/[^/]+/(?!index)'] },
    },
    {
      name: 'adapters-see-only-core',
      severity: 'error',
      from: { path: '^layers/(adapters|runtime)' },
      to: { path: '^(functions|infra|cli|test)/' },
    },
    { name: 'infra-sees-only-env', severity: 'error', from: { path: '^infra' }, to: { path: '^functions/', pathNot: '/env\\.ts$' } },
    { name: 'functions-are-leaves', severity: 'error', from: { pathNot: '^(functions|test|infra)/' }, to: { path: '^functions/' } },
    {
      name: 'functions-do-not-meet',
      severity: 'error',
      from: { path: '^functions/([^/]+)/' },
      to: { path: '^functions/', pathNot: '^functions/$1/' },
    },
    { name: 'product-never-sees-tests', severity: 'error', from: { path: '^(cli|functions|infra|layers)/' }, to: { path: '^test/' } },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['node_modules/(?!zod)'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
