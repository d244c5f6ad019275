import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const tracked = (pattern: string): readonly string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', pattern], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(ROOT, path)));
const functions = readdirSync(join(ROOT, 'functions'));

test('functions are named by a verb and an object, and hold index, handler and env', () => {
  for (const name of functions) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(readdirSync(join(ROOT, 'functions', name))).toEqual(expect.arrayContaining(['env.ts', 'handler.ts', 'index.ts']));
  }
});

test('an index wires and does nothing else: at most 25 lines', () => {
  const long = functions.filter(
    (name) =>
      readFileSync(join(ROOT, 'functions', name, 'index.ts'), 'utf8')
        .trimEnd()
        .split('\n').length > 25,
  );
  expect(long).toEqual([]);
});

test('no TypeScript file that a person writes is longer than 200 lines', () => {
  const generated = ['layers/adapters/digitalocean/openapi.d.ts'];
  const written = tracked('*.ts').filter((path) => !generated.includes(path));
  const long = written.filter((path) => readFileSync(join(ROOT, path), 'utf8').trimEnd().split('\n').length > 200);
  expect(long).toEqual([]);
});

test('the environment is read in one place of the product', () => {
  const readers = tracked('*.ts').filter(
    (path) => /^(functions|layers)\//.test(path) && readFileSync(join(ROOT, path), 'utf8').includes('process.env'),
  );
  expect(readers).toEqual([expect.stringMatching(/^layers\/runtime\//)]);
});

test('product code has no mode for tests and knows no emulator', () => {
  const files = tracked('*').filter((path) => /^(functions|layers|infra|cli|slurm|statemachines)\//.test(path));
  const forbidden = /localstack|ministack|NODE_ENV|is_?local\b|mockMode|bubblewrap|bwrap/i;
  expect(files.filter((path) => forbidden.test(readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
});

test('no secret, machine path or registry host stands in the repository', () => {
  const suspicious = /BEGIN (OPENSSH|RSA|EC) PRIVATE KEY|\/work\/(main|shared)|registry\.npmjs|"resolved": "http/;
  const files = tracked('*').filter((path) => !/\.(gz|png)$/.test(path) && path !== 'test/structure/layout.test.ts');
  expect(files.filter((path) => suspicious.test(readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
});
