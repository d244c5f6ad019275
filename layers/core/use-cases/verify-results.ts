import type { Job, Ssh, Worker } from '../entities';
import { waitId } from '../ids';
import { isAllListed, isReproducible } from '../lifecycle/reproducible';
import { RunReport, type AttemptManifest, type Stage } from '../wire';
import type { Deps } from './deps';
import { stagingOf } from './keys';
import { neededManifest, neededWorker, runJobOf } from './needed';
import { prepareJob, type JobSettings, type PreparedJob, type WantedJob } from './prepare-job';
import { endJob } from './end-job';
import { enterWait, recordFact } from './record-fact';
import { submitJob, type Submitted } from './submit-job';
import type { SweepId } from './take-sweep';
import { verifiedRuns } from './verified-runs';
import { verifyMinutes, verifyTimeoutSeconds } from './wait-times';

/** How verify and index jobs are submitted, and who owns what they publish. */
export interface DataMoving {
  readonly partition?: string | undefined;
  readonly group?: string | undefined;
  /** Octal, as text: `027`. */
  readonly umask?: string | undefined;
}
export type VerifyDeps = Pick<Deps, 'stores' | 'machines' | 'objects' | 'gate' | 'secrets' | 'now' | 'installation'> & {
  readonly settings: JobSettings;
  readonly moving: DataMoving;
};

/**
 * Submits the verification of what a worker staged, pulled from it first where it does not lie at home, against the sizes and md5 of the stored plan, and waits for its end. A submit that
 * failed settles the wait itself; one of unknown outcome goes on waiting, and the probe looks for its key. An early sweep needs a worker that still works instead of a lease. Safe to repeat.
 */
export async function verifyResults(deps: VerifyDeps, { workerId, sweep, jobId, early }: SweepId, token: string): Promise<Submitted> {
  await enterWait(deps, waitId.ended(jobId), token);
  const [worker, manifest] = [await neededWorker(deps, workerId), await neededManifest(deps, workerId)];
  if (!early && (worker.status !== 'sweeping' || worker.sweep !== sweep)) {
    await recordFact(deps, waitId.ended(jobId), { outcome: 'ended', result: 'lost', cause: 'lease-lost' });
    return { outcome: 'already-over' };
  }
  const runJob = await runJobOf(deps, workerId);
  const { kind, pull } = wayHome(runJob);
  if (kind === 'sweep' && pull === undefined) {
    await recordFact(deps, waitId.ended(jobId), { outcome: 'ended', result: 'failed', cause: 'no-address' });
    return { outcome: 'failed', cause: 'no-address' };
  }
  const prepared = await prepareSweep(deps, worker, { jobId, kind, stage: manifest.stage.name });
  // Looked at after its record stands, see `takeSweep`: whoever sweeps for good either finds that record, or is found here.
  const isOver = early && prepared.job.slurmId === undefined && (await neededWorker(deps, workerId)).status !== 'live';
  if (isOver) await endJob(deps, prepared.job, { result: 'lost', cause: 'work-over', actor: 'verify-results' });
  if (isOver) return { outcome: 'already-over' };
  return submitJob(deps, prepared, {
    kind,
    resources: { ...smallJob(deps.moving), timeMinutes: verifyMinutes(worker.reservedBytes) },
    spec: {
      ...(early ? await earlySpec(deps, manifest) : verifySpec(manifest, deps.moving, await signedManifests(deps, runJob))),
      ...(pull && { pull: { ...pull, path: `${workerId}/${manifest.stage.name}` } }),
    },
  });
}

function prepareSweep(deps: VerifyDeps, worker: Worker, job: Pick<WantedJob, 'jobId' | 'kind' | 'stage'>): Promise<PreparedJob> {
  const { workerId, batchId, sourceId, attempt, reservedBytes } = worker;
  const deadline = new Date(deps.now().getTime() + verifyTimeoutSeconds(reservedBytes) * 1000).toISOString();
  return prepareJob(deps, { ...job, sourceId, workerId, batchId, attempt, deadline, enrolmentExpiresAt: deadline });
}

/** From the worker, or from the bucket, where the sweep asks for links. */
type Pull = Ssh | { readonly bucket: true };

/** A worker that never said where it can be pulled from has nothing to pull. */
const wayHome = (job: Job | undefined): { readonly kind: 'verify' | 'sweep'; readonly pull?: Pull | undefined } =>
  job?.documentKey === undefined ? { kind: 'verify' } : { kind: 'sweep', pull: job.bringsResults ? { bucket: true } : job.ssh };

export const smallJob = ({ partition }: DataMoving) => ({ ...(partition === undefined ? {} : { partition }), cpus: 1, memoryMb: 512 });

type Signed = Readonly<Record<string, string>>;

/** What the worker signed at the end of its job: by stage, the sha256 of the manifest of what that made. */
async function signedManifests({ objects }: Pick<Deps, 'objects'>, job: Job | undefined): Promise<Signed> {
  if (job?.reportKey === undefined) return {};
  return (await objects.getJson(job.reportKey, RunReport))?.manifests ?? {};
}

/** A stage without `derived` brought files that the plan lists; one with it made its own, and without `manifest` nobody vouches for them. */
const verifiedStage = (workerId: string, { name, revision }: Stage, signed: Signed) => ({
  ...{ stage: name, revision, staging: stagingOf(workerId, name) },
  ...(!isReproducible({ name }) && { derived: true, manifest: signed[name] ?? null }),
});

/** Only runs that no sweep of it has verified yet; none where it is for what the worker signs at its end to say what is right. */
async function earlySpec(deps: VerifyDeps, manifest: AttemptManifest) {
  const verified = new Set(await verifiedRuns(deps, manifest.workerId));
  const runs = isAllListed(manifest) ? manifest.runs.filter(({ accession }) => !verified.has(accession)) : [];
  const { name, revision } = manifest.stage;
  return {
    ...ofWorker(manifest.workerId, deps.moving, runs),
    early: true,
    stage: name,
    revision,
    staging: stagingOf(manifest.workerId, name),
  };
}

const ofWorker = (workerId: string, { group, umask }: DataMoving, runs: AttemptManifest['runs']) => ({
  workerId,
  ...(group === undefined ? {} : { group }),
  ...(umask === undefined ? {} : { umask }),
  runs: runs.map((run) => ({ ...run, files: run.files.map(({ name, bytes, md5 }) => ({ name, bytes, md5 })) })),
});

const verifySpec = ({ workerId, stage, earlier, inputs, runs }: AttemptManifest, moving: DataMoving, signed: Signed) => ({
  ...ofWorker(workerId, moving, runs),
  ...verifiedStage(workerId, stage, signed),
  ...(inputs.length > 0 && { inputs }),
  ...(earlier.length > 0 && { earlier: earlier.map((one) => verifiedStage(workerId, one, signed)) }),
});
