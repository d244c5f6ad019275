import type { Job, Ssh } from '../entities';
import { waitId } from '../ids';
import { isReproducible } from '../lifecycle/reproducible';
import { RunReport, type AttemptManifest, type Stage } from '../wire';
import type { Deps } from './deps';
import { stagingOf } from './keys';
import { neededManifest, neededWorker, runJobOf } from './needed';
import { prepareJob, type JobSettings } from './prepare-job';
import { enterWait, recordFact } from './record-fact';
import { submitJob, type Submitted } from './submit-job';
import type { SweepId } from './take-sweep';
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
 * failed settles the wait itself; one of unknown outcome goes on waiting, and the probe looks for its key. Safe to repeat.
 */
export async function verifyResults(deps: VerifyDeps, { workerId, sweep, jobId }: SweepId, token: string): Promise<Submitted> {
  await enterWait(deps, waitId.ended(jobId), token);
  const [worker, manifest] = [await neededWorker(deps, workerId), await neededManifest(deps, workerId)];
  if (worker.status !== 'sweeping' || worker.sweep !== sweep) {
    await recordFact(deps, waitId.ended(jobId), { outcome: 'ended', result: 'lost', cause: 'lease-lost' });
    return { outcome: 'already-over' };
  }
  const runJob = await runJobOf(deps, workerId);
  const { kind, pull } = wayHome(runJob);
  if (kind === 'sweep' && pull === undefined) {
    await recordFact(deps, waitId.ended(jobId), { outcome: 'ended', result: 'failed', cause: 'no-address' });
    return { outcome: 'failed', cause: 'no-address' };
  }
  const deadline = new Date(deps.now().getTime() + verifyTimeoutSeconds(worker.reservedBytes) * 1000).toISOString();
  const prepared = await prepareJob(deps, {
    jobId,
    kind,
    sourceId: worker.sourceId,
    workerId,
    batchId: worker.batchId,
    attempt: worker.attempt,
    stage: manifest.stage.name,
    deadline,
    enrolmentExpiresAt: deadline,
  });
  return submitJob(deps, prepared, {
    kind,
    resources: { ...smallJob(deps.moving), timeMinutes: verifyMinutes(worker.reservedBytes) },
    spec: {
      ...verifySpec(manifest, deps.moving, await signedManifests(deps, runJob)),
      ...(pull && { pull: { ...pull, path: `${workerId}/${manifest.stage.name}` } }),
    },
  });
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

const verifySpec = ({ workerId, stage, earlier, inputs, runs }: AttemptManifest, { group, umask }: DataMoving, signed: Signed) => ({
  workerId,
  ...verifiedStage(workerId, stage, signed),
  ...(inputs.length > 0 && { inputs }),
  ...(earlier.length > 0 && { earlier: earlier.map((one) => verifiedStage(workerId, one, signed)) }),
  ...(group === undefined ? {} : { group }),
  ...(umask === undefined ? {} : { umask }),
  runs: runs.map((run) => ({ ...run, files: run.files.map(({ name, bytes, md5 }) => ({ name, bytes, md5 })) })),
});
