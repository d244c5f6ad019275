import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ATTENTION_REASONS } from '../../layers/core/attention';
import { WARNINGS } from '../../layers/core/warnings';
import { allStates, functionNames, machineNames, pascal, ROOT } from './machine-text';

const runbook = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
const sections = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n'))]),
);
const without = (headings: readonly string[]): readonly string[] => headings.filter((heading) => !sections.has(heading));

test('the runbook has a heading for each function, by the name of its state', () => {
  expect(without(functionNames.map(pascal))).toEqual([]);
});

test('the runbook has a heading for each reason of attention, and these say what to do', () => {
  const reasons = Object.entries(ATTENTION_REASONS);
  expect(without(reasons.map(([, { heading }]) => heading))).toEqual([]);
  for (const [code, reason] of reasons) expect(reason).toMatchObject({ code, heading: `Attention: ${code}` });
});

test('the runbook has a heading for each warning, and says when it goes', () => {
  const kinds = Object.entries(WARNINGS);
  expect(without(kinds.map(([, { heading }]) => heading))).toEqual([]);
  for (const [code, kind] of kinds) expect(kind).toMatchObject({ code, heading: `Warning: ${code}` });
});

test('each warning is raised somewhere', () => {
  const product = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'layers/core', 'functions'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const text = product
    .split('\n')
    .filter((path) => path.endsWith('.ts') && path !== 'layers/core/warnings.ts' && existsSync(join(ROOT, path)))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .join('\n');
  expect(Object.keys(WARNINGS).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
});

test('each section says how to look and what to do', () => {
  const missing = [...sections].filter(([, text]) => !text.includes('**Look:**') || !text.includes('**Do:**')).map(([heading]) => heading);
  expect(missing).toEqual([]);
});

test('no section is about something that is not there any more', () => {
  const known = new Set([...functionNames.map(pascal), ...allStates.map(({ name }) => name), ...machineNames]);
  const headings = new Set([...Object.values(ATTENTION_REASONS), ...Object.values(WARNINGS)].map(({ heading }) => heading));
  expect([...sections.keys()].filter((heading) => !known.has(heading) && !headings.has(heading))).toEqual([]);
});
