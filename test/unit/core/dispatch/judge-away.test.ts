import { judgeAway } from '../../../../layers/core/dispatch/judge-away';
import type { Found } from '../../../../layers/core/ports/outside';
import { NOW, runJob } from '../callbacks/messages';

const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();
const ALIVE: Found = { outcome: 'found', worker: { key: 'k', providerRef: '7', state: 'running', rawState: 'active' } };
const stopped = (seconds: number) => runJob({ stopRequested: true, stopRequestedAt: ago(seconds), cause: 'cancel-requested' });

test.each([
  ['a stop is left to the answer of the next sign of life', stopped(299), ALIVE, { do: 'note-alive', providerRef: '7' }],
  ['one that nobody heard ends the job', stopped(301), ALIVE, { do: 'lose', cause: 'cancel-requested' }],
  ['a deadline is not put off for it', runJob({ deadline: ago(61) }), ALIVE, { do: 'lose', cause: 'deadline-passed' }],
  [
    'a machine that nobody finds and that spoke lately is not gone',
    runJob({ missingSince: ago(900), missingLooks: 9, lastHeardAt: ago(299) }),
    { outcome: 'absent' } as const,
    { do: 'note-missing', looks: 10 },
  ],
])('%s', (_name, job, found, expected) => expect(judgeAway(job, found, NOW)).toEqual(expected));
