import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../infra/config';

const example = JSON.parse(readFileSync(join(__dirname, '../../infra/config/example.json'), 'utf8')) as object;
const read = (filters: unknown) => {
  const path = join(mkdtempSync(join(tmpdir(), 'config-')), 'lab.json');
  writeFileSync(path, JSON.stringify({ ...example, filters }));
  return readConfig(path);
};

test('the filters of an installation are read as those of a source', () => {
  const filters = { v: 1, rules: [{ rule: 'strategy', parameters: { anyOf: ['WGS'] } }] };
  expect(read(filters).filters).toEqual(filters);
  expect(read(undefined).filters).toBeUndefined();
});

test('all that is wrong with them is said at once, each with its place', () => {
  const wrong = { v: 1, rules: [{ rule: 'colour' }, { rule: 'platform' }] };
  expect(() => read(wrong)).toThrow(/rules\[0\]\.rule [^]*rules\[1\]\.parameters is missing/);
});
