import { judgeProbe, type Look, type ProbeVerdict } from '../../../../layers/core/dispatch/judge-probe';
import type { Job } from '../../../../layers/core/entities';
import { JOB, NOW, report, runJob } from '../callbacks/messages';

const ago = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString();
const look = (state: string | null, with_: Partial<Look['job'] & object> = {}, around: Partial<Look> = {}): Look => ({
  slurm: 'answered',
  complete: true,
  job: { jobId: JOB, slurm: state === null ? null : { slurmId: '63', state }, locked: false, report: null, progress: null, ...with_ },
  ...around,
});

interface Case {
  readonly name: string;
  readonly job?: Partial<Job>;
  readonly look: Look;
  readonly expected: Partial<ProbeVerdict>;
}
const cases: readonly Case[] = [
  {
    name: 'a report counts before anything that Slurm says',
    look: look('RUNNING', { report: report() }),
    expected: { do: 'apply-report' },
  },
  {
    name: 'a report counts while Slurm is away',
    look: look(null, { report: report() }, { slurm: 'unavailable' }),
    expected: { do: 'apply-report' },
  },
  {
    name: 'a report of another job is none',
    look: look('RUNNING', { report: report('finished', { jobId: `${JOB}x` }) }),
    expected: { do: 'note-alive' },
  },
  { name: 'a report that is broken is none', look: look('RUNNING', { report: { v: 1 } }), expected: { do: 'note-alive' } },
  {
    name: 'Slurm away changes nothing',
    look: look(null, {}, { slurm: 'unavailable', complete: false }),
    job: { missingSince: ago(900), missingLooks: 9 },
    expected: { do: 'nothing' },
  },
  {
    name: 'half an answer makes nothing missing',
    look: look(null, {}, { complete: false }),
    job: { missingSince: ago(900), missingLooks: 9 },
    expected: { do: 'nothing' },
  },
  {
    name: 'an answer without the job changes nothing',
    look: { slurm: 'answered', complete: true, job: undefined },
    expected: { do: 'nothing' },
  },
  { name: 'a first empty answer only counts', look: look(null), expected: { do: 'note-missing', looks: 1 } },
  {
    name: 'many looks within a minute are not enough',
    look: look(null),
    job: { missingSince: ago(59), missingLooks: 8 },
    expected: { do: 'note-missing', looks: 9 },
  },
  {
    name: 'two looks over an hour are not enough',
    look: look(null),
    job: { missingSince: ago(3600), missingLooks: 1 },
    expected: { do: 'note-missing', looks: 2 },
  },
  {
    name: 'three looks over a minute are enough',
    look: look(null),
    job: { missingSince: ago(60), missingLooks: 2 },
    expected: { do: 'lose', cause: 'job-absent', started: false },
  },
  {
    name: 'who spoke less than five minutes ago is not lost, whatever is not found',
    look: look(null),
    job: { missingSince: ago(3600), missingLooks: 9, lastHeardAt: ago(299) },
    expected: { do: 'note-missing', looks: 10 },
  },
  {
    name: 'who has been silent longer than an agent ever is, is lost',
    look: look(null),
    job: { missingSince: ago(60), missingLooks: 2, lastHeardAt: ago(300) },
    expected: { do: 'lose', cause: 'job-absent' },
  },
  {
    name: 'a lock shows that a vanished job had started',
    look: look(null, { locked: true }),
    job: { missingSince: ago(60), missingLooks: 2 },
    expected: { do: 'lose', started: true },
  },
  { name: 'a pending job lives', look: look('PENDING'), expected: { do: 'note-alive', slurmId: '63', started: false } },
  { name: 'a running job without its lock has not started', look: look('RUNNING'), expected: { do: 'note-alive', started: false } },
  {
    name: 'a running job with its lock has started',
    look: look('RUNNING', { locked: true }),
    expected: { do: 'note-alive', started: true },
  },
  { name: 'a suspended job lives', look: look('SUSPENDED'), expected: { do: 'note-alive' } },
  { name: 'a state that nobody knows changes nothing', look: look('TERMINATED'), expected: { do: 'nothing' } },
  { name: 'a held job needs a person', look: look('REQUEUE_HOLD'), expected: { do: 'ask-person', state: 'REQUEUE_HOLD' } },
  { name: 'an ended job is given time for its report', look: look('COMPLETED'), expected: { do: 'await-report' } },
  { name: 'within the grace nothing happens', look: look('TIMEOUT'), job: { endedSeenAt: ago(19) }, expected: { do: 'nothing' } },
  {
    name: 'after the grace the job is lost, with the state as cause',
    look: look('TIMEOUT'),
    job: { endedSeenAt: ago(20) },
    expected: { do: 'lose', cause: 'slurm-timeout' },
  },
  {
    name: 'a cancel that we asked for keeps its own cause',
    look: look('CANCELLED'),
    job: { endedSeenAt: ago(20), cause: 'cancel-requested' },
    expected: { do: 'lose', cause: 'cancel-requested' },
  },
  {
    name: 'a little past the deadline the job is left to Slurm',
    look: look('RUNNING'),
    job: { deadline: ago(59) },
    expected: { do: 'note-alive' },
  },
  {
    name: 'well past the deadline it is cancelled',
    look: look('RUNNING'),
    job: { deadline: ago(61) },
    expected: { do: 'cancel', cause: 'deadline-passed' },
  },
  {
    name: 'a stop that was asked for just now has its grace',
    look: look('RUNNING'),
    job: { stopRequested: true, stopRequestedAt: ago(10) },
    expected: { do: 'note-alive' },
  },
  {
    name: 'a stop that is ignored becomes a cancel',
    look: look('PENDING'),
    job: { stopRequested: true, stopRequestedAt: ago(61), cause: 'cancel-requested' },
    expected: { do: 'cancel', cause: 'cancel-requested' },
  },
];

test.each(cases)('$name', ({ job, look: seen, expected }) => {
  expect(judgeProbe(runJob({ deadline: '2026-11-22T00:00:00.000Z', ...job }), seen, NOW)).toMatchObject(expected);
});
