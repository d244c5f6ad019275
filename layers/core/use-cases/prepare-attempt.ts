import type { Worker } from '../entities';
import { jobIdOf } from '../ids';
import type { WorkerRequest } from '../ports/outside';
import { optional } from '../optional';
import type { AttemptManifest, Stage } from '../wire';
import type { Deps } from './deps';
import { stagingOf } from './keys';
import { prepareJob, type JobSettings, type PreparedJob } from './prepare-job';
import { OVERTIME_SECONDS } from './wait-times';

type PrepareDeps = Pick<Deps, 'stores' | 'secrets' | 'now'> & { readonly settings: JobSettings };

/** The record of the one run job of an attempt. Safe to repeat. */
export const prepareRunJob = (deps: PrepareDeps, worker: Worker, manifest: AttemptManifest): Promise<PreparedJob> =>
  prepareJob(deps, {
    jobId: jobIdOf(worker.workerId, manifest.stage.name),
    kind: 'run',
    sourceId: worker.sourceId,
    workerId: worker.workerId,
    batchId: worker.batchId,
    attempt: worker.attempt,
    stage: manifest.stage.name,
    deadline: worker.deadline,
    // It outlives the wait for *started*, so that a job which starts while the wait is being extended is let in.
    enrolmentExpiresAt: new Date(Date.parse(worker.startDeadline) + OVERTIME_SECONDS * 1000).toISOString(),
  });

/** What its provider is asked for, and its agent told. Pure. */
export function requestOf(worker: Worker, manifest: AttemptManifest, { job, enrolment }: PreparedJob): WorkerRequest {
  const { stage, earlier } = manifest;
  return {
    workerId: worker.workerId,
    jobId: job.jobId,
    deadline: new Date(worker.deadline),
    resources: stage.resources,
    enrolment,
    ...([...earlier, stage].some(({ tasks }) => tasks === 'cluster') && { hasTasks: true }),
    ...optional('queueSize', worker.reservedTasks),
    spec: {
      workerId: worker.workerId,
      ...stageSpec(manifest, stage),
      ...(manifest.inputs.length > 0 && { inputs: manifest.inputs }),
      ...(earlier.length > 0 && { earlier: earlier.map((one) => stageSpec(manifest, one)) }),
      runs: manifest.runs,
    },
  };
}

/** What the agent is told of one stage. */
const stageSpec = (
  { workerId, earlierWorkers }: AttemptManifest,
  { name, revision, pipeline, parameters, after, pinned, repository, profile, atOnce, retries, success, tasks }: Stage,
) => ({
  ...{ stage: name, revision, pipeline, parameters, staging: stagingOf(workerId, name) },
  reuse: earlierWorkers.map((earlier) => stagingOf(earlier, name)),
  // JSON leaves out what is undefined.
  ...{ after, pinned, repository, profile, atOnce, retries, success, tasks },
});
