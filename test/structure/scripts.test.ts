import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Readonly<Record<string, string>> };
/** The TypeScript program behind an npm script, with its own arguments. */
const programs = Object.entries(scripts).flatMap(([name, command]) => {
  const match = /(test\/\S+\.ts)(.*)$/.exec(command);
  return match?.[1] === undefined ? [] : [{ name, program: match[1], own: (match[2] ?? '').split(' ').filter((part) => part !== '') }];
});

test.each(programs)('npm run $name starts and explains itself', ({ program, own }) => {
  const { status, stdout } = spawnSync(process.execPath, ['--import', 'tsx', program, ...own, '--help'], { cwd: ROOT, encoding: 'utf8' });
  expect({ status, usage: stdout.startsWith('Usage:') }).toEqual({ status: 0, usage: true });
});

test('a person who reads the README finds its npm scripts', () => {
  const named = [
    ...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/npm (?:run )?(demo|test|bench|faults|states|up|down|logs|slurm)\b/g),
  ].map((match) => match[1]);
  expect([...new Set(named)].sort()).toEqual(programs.map(({ name }) => name).sort());
});
