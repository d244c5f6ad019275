import { z } from 'zod';
import type { Job } from '../entities';
import { RunReport } from '../wire';
import { changeWorker } from '../use-cases/change-status';
import type { Deps } from '../use-cases/deps';
import { faultOfRescue } from '../use-cases/judge-rescue';
import { rescuedKeyOf } from '../use-cases/keys';
import { neededManifest, neededWorker } from '../use-cases/needed';
import { noteAttempt } from '../use-cases/note-attempt';
import { forgetRescue } from '../use-cases/rescue-request';
import { verifiedRuns } from '../use-cases/verified-runs';

const Rescued = z.object({
  files: z.number().int().nonnegative(),
  bytes: z.number().nonnegative(),
  failed: z.number().int().nonnegative(),
});
const ACTOR = 'accept-callback';

type RescuedDeps = Pick<Deps, 'stores' | 'objects' | 'now'>;
/** *not-agreed*: the bucket does not hold what the worker has, so the worker stays held and is not told to bring it again before somebody asks. */
export type Noted = 'let-go' | 'still-held' | 'not-agreed' | 'refused';

/**
 * The worker says that its results lie in the bucket. Only a look into the bucket makes that true: then it is let go, else it stays held. Safe to
 * repeat: the changes of status are refused the second time, and the note on the attempt is written once.
 */
export async function noteRescued(deps: RescuedDeps, job: Job, body: Readonly<Record<string, unknown>>): Promise<Noted> {
  const said = Rescued.safeParse(body);
  if (!said.success || job.workerId === undefined || job.rescueRequestedAt === undefined) return 'refused';
  const worker = await neededWorker(deps, job.workerId);
  if (worker.status !== 'held' && worker.status !== 'destroying' && worker.status !== 'gone') return 'refused';
  if (said.data.failed > 0) return 'still-held';
  const fault = worker.status === 'held' ? await faultIn(deps, job, worker.workerId, said.data) : undefined;
  if (fault !== undefined) {
    const set = { rescueFault: fault, rescueFaults: (worker.rescueFaults ?? 0) + 1 };
    await changeWorker(deps, worker.workerId, 'rescue-refused', { actor: ACTOR, detail: fault, set });
    await forgetRescue(deps, job, ACTOR);
    return 'not-agreed';
  }
  const detail = `${said.data.files} files, ${said.data.bytes} bytes under ${rescuedKeyOf(worker.workerId, '')}`;
  const changed = await changeWorker(deps, worker.workerId, 'rescued', { actor: ACTOR, detail, remove: ['rescueFault'] });
  await noteAttempt(deps, worker, { cause: 'rescued', detail, actor: ACTOR });
  return changed.outcome === 'changed' ? 'let-go' : 'refused';
}

async function faultIn(
  deps: RescuedDeps,
  job: Job,
  workerId: string,
  said: { readonly files: number; readonly bytes: number },
): Promise<string | undefined> {
  const [manifest, verified, stored, report] = await Promise.all([
    neededManifest(deps, workerId),
    verifiedRuns(deps, workerId),
    deps.objects.list(rescuedKeyOf(workerId, '')),
    job.reportKey === undefined ? undefined : deps.objects.getJson(job.reportKey, RunReport),
  ]);
  return faultOfRescue({ manifest, report, verified: new Set(verified), stored, said });
}
