import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const FOLDERS = ['cli', 'functions', 'infra', 'layers', 'test'];

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
  readonly to: string;
}

/** Runs dependency-cruiser with the project's own rules over a folder that is laid out like the project. */
function violationsIn(folder: string, folders: readonly string[]): readonly Violation[] {
  const depcruise = join(ROOT, 'node_modules/.bin/depcruise');
  const args = ['--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', ...folders];
  try {
    return violationsOf(execFileSync(depcruise, args, { cwd: folder, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 }));
  } catch (error) {
    // It exits with the number of violations and prints them all the same.
    return violationsOf((error as { stdout: string }).stdout);
  }
}
const violationsOf = (json: string): readonly Violation[] =>
  (JSON.parse(json) as { summary: { violations: Violation[] } }).summary.violations;

test('the project keeps its own dependency rules', () => {
  expect(violationsIn(ROOT, FOLDERS).map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
});

describe('each rule is seen to fail on a planted breach', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trawl-breach-'));
    cpSync(join(ROOT, 'tsconfig.json'), join(folder, 'tsconfig.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const plant = (files: Readonly<Record<string, string>>): void => {
    for (const each of FOLDERS) rmSync(join(folder, each), { recursive: true, force: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    for (const each of FOLDERS) mkdirSync(join(folder, each), { recursive: true });
  };

  test.each([
    {
      rule: 'core-is-pure',
      files: {
        'layers/core/a.ts': `import { b } from '../adapters/b';\nexport const a = b;\n`,
        'layers/adapters/b.ts': 'export const b = 1;\n',
      },
    },
    {
      rule: 'handler-sees-only-core',
      files: {
        'functions/do-it/handler.ts': `import { b } from '../../layers/adapters/b';\nexport const a = b;\n`,
        'layers/adapters/b.ts': 'export const b = 1;\n',
      },
    },
    {
      rule: 'adapters-see-only-core',
      files: { 'layers/adapters/a.ts': `import { b } from '../../infra/b';\nexport const a = b;\n`, 'infra/b.ts': 'export const b = 1;\n' },
    },
    {
      rule: 'infra-sees-only-env',
      files: {
        'infra/a.ts': `import { b } from '../functions/do-it/handler';\nexport const a = b;\n`,
        'functions/do-it/handler.ts': 'export const b = 1;\n',
      },
    },
    {
      rule: 'functions-are-leaves',
      files: {
        'cli/a.ts': `import { b } from '../functions/do-it/env';\nexport const a = b;\n`,
        'functions/do-it/env.ts': 'export const b = 1;\n',
      },
    },
    {
      rule: 'functions-do-not-meet',
      files: {
        'functions/one/handler.ts': `import { b } from '../two/env';\nexport const a = b;\n`,
        'functions/two/env.ts': 'export const b = 1;\n',
      },
    },
    {
      rule: 'product-never-sees-tests',
      files: { 'cli/a.ts': `import { b } from '../test/b';\nexport const a = b;\n`, 'test/b.ts': 'export const b = 1;\n' },
    },
    {
      rule: 'no-cycles',
      files: {
        'cli/a.ts': `import { b } from './b';\nexport const a = (): number => b();\n`,
        'cli/b.ts': `import { a } from './a';\nexport const b = (): number => a();\n`,
      },
    },
  ])('$rule', ({ rule, files }) => {
    plant(files);
    expect(violationsIn(folder, FOLDERS).map((violation) => violation.rule.name)).toContain(rule);
  });

  test('every rule of the configuration has its breach above', () => {
    const configured = [...readFileSync(join(ROOT, '.dependency-cruiser.cjs'), 'utf8').matchAll(/name: '([a-z-]+)'/g)].map(
      (match) => match[1],
    );
    const planted = [...readFileSync(__filename, 'utf8').matchAll(/rule: '([a-z-]+)'/g)].map((match) => match[1]);
    expect(planted.sort()).toEqual(configured.sort());
  });
});
