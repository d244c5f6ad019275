import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CAUSES, causeKind, FAULTS, isBootFailure, isLasting, NEXTS } from '../../../../layers/core/attempts/causes';
import { SLURM_STATES } from '../../../../layers/core/dispatch/slurm-states';

const ROOT = join(__dirname, '../../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('docs/attempts.md says of each cause what the table says', () => {
  const rows = [...read('docs/attempts.md').matchAll(/^\| `([a-z0-9-]+)` \| (\w+) \| (\w+) \| (.+) \|$/gm)];
  const told = rows.map(([, cause, fault, next, text]) => [cause, { fault, next, text }]);
  expect(told).toEqual([...CAUSES]);
});

test('and what each kind of fault and each consequence is', () => {
  const text = read('docs/attempts.md');
  for (const [word, meaning] of [...Object.entries(FAULTS), ...Object.entries(NEXTS)]) expect(text).toContain(`- *${word}*: ${meaning}`);
});

test('every way in which Slurm ends a job is in the table', () => {
  const causes = [...SLURM_STATES.values()].flatMap(({ cause }) => cause ?? []);
  expect(causes.filter((cause) => !CAUSES.has(cause))).toEqual([]);
});

/** Reasons of jobs that are no attempts, and of sweeps that a try of their own mends. */
const OTHERS = ['adoption-running', 'directory-missing', 'directory-not-allowed', 'host-key-missing', 'rrsync-missing'];
test('every reason that agent and pipeline give is in the table', () => {
  const agent = [...read('slurm/agent.py').matchAll(/(?:JobError\(|RunRefused\("\w+", |reason=)"([a-z-]+)"/g)];
  const fetch = [...read('slurm/pipelines/fetch/bin/fetch_run.py').matchAll(/(?:FetchError\(|reason=)"([a-z-]+)"/g)];
  const look = [...read('slurm/pipelines/quality-control/bin/look_at_run.py').matchAll(/LookError\("([a-z-]+)"/g)];
  expect(look.length).toBeGreaterThan(2);
  const reasons = [...agent, ...fetch, ...look].map(([, reason = '']) => reason);
  expect(reasons.length).toBeGreaterThan(20);
  expect(reasons.filter((reason) => !CAUSES.has(reason) && !OTHERS.includes(reason))).toEqual([]);
});

test('what the reaper ends jobs with is in the table', () => {
  const reasons = [...read('layers/core/reaping/act.ts').matchAll(/cause: '([a-z-]+)'/g)].map(([, reason = '']) => reason);
  expect(reasons.length).toBeGreaterThan(1);
  expect(reasons.filter((reason) => !CAUSES.has(reason))).toEqual([]);
});

test.each([
  { cause: 'http-404', fault: 'archive', next: 'exclude', lasting: true, boot: false },
  { cause: 'http-503', fault: 'archive', next: 'retry', lasting: false, boot: false },
  { cause: 'gzip-invalid', fault: 'data', next: 'exclude', lasting: true, boot: false },
  { cause: 'unavailable', fault: 'provider', next: 'wait', lasting: false, boot: false },
  { cause: 'start-deadline', fault: 'infrastructure', next: 'elsewhere', lasting: false, boot: true },
  { cause: 'unsafe-path', fault: 'own', next: 'attention', lasting: true, boot: false },
  { cause: 'worker-abandoned', fault: 'own', next: 'retry', lasting: false, boot: false },
  { cause: 'cancel-requested', fault: 'person', next: 'cancel', lasting: false, boot: false },
  { cause: 'of-a-later-version', fault: 'infrastructure', next: 'retry', lasting: false, boot: true },
])('$cause is $fault and leads to $next', ({ cause, fault, next, lasting, boot }) => {
  expect(causeKind(cause)).toMatchObject({ fault, next });
  expect([isLasting(cause), isBootFailure(cause)]).toEqual([lasting, boot]);
});
