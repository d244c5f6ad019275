import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SUSPECT_KINDS } from '../../layers/core/reaping/kinds';
import { ROOT } from './machine-text';

test('the machine’s page lists every kind of suspect as the code has it', () => {
  const page = readFileSync(join(ROOT, 'statemachines/reap-workers.README.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.+) \| ([a-z-]+) \|$/gm)].map(([, kind, text, act]) => ({ kind, text, act }));
  expect(rows).toEqual(Object.entries(SUSPECT_KINDS).map(([kind, { act, text }]) => ({ kind, text, act })));
});
