import { z } from 'zod';
import type { Worker } from '../entities';
import { WorkerId } from '../ids';
import { heldSince, holdEndsAt } from '../dispatch/judge-hold';
import { isReproducible } from '../lifecycle/reproducible';
import { giveUpHold, rescueHold, retryHold, type HoldActed } from '../use-cases/holds';
import { kickSweep } from '../use-cases/kick-sweep';
import { runJobOf } from '../use-cases/needed';
import type { ApiDeps } from './api-deps';
import { beatSoon, inTheBackground } from './beat-soon';
import { dollarsSoFar } from './cost';
import { answered, refused, route, type ApiAnswer, type Route } from './http';
import { optional } from '../optional';
import { workerView } from './views';

export interface HoldView {
  readonly workerId: string;
  readonly batchId: string;
  readonly sourceId: string;
  readonly provider: string;
  readonly stage?: string;
  /** Why, in one word. */
  readonly reason: string;
  readonly since: string;
  /** Then its results are rescued; absent where they lie at home or in the bucket, which costs nothing and waits for a person. */
  readonly heldUntil?: string;
  readonly sweepFailures: number;
  readonly dollarsPerHour?: number;
  readonly dollarsSoFar?: number;
  /** Whether what it has can be made again, and so be given up. */
  readonly reproducible: boolean;
  readonly rescueRequestedAt?: string;
  /** Why what it says that it put into the bucket was not believed. */
  readonly rescueFault?: string;
  /** When its hold was over and nothing could end it. */
  readonly overdueAt?: string;
}

async function holdView(deps: Pick<ApiDeps, 'stores' | 'now' | 'holdSeconds'>, worker: Worker): Promise<HoldView> {
  const { workerId, batchId, sourceId, provider, sweepFailures } = worker;
  const [batch, job] = await Promise.all([deps.stores.batches.get(batchId), runJobOf(deps, workerId)]);
  return {
    ...{ workerId, batchId, sourceId, provider, ...optional('stage', batch?.stage) },
    ...{ reason: worker.heldCause ?? 'unknown', since: heldSince(worker), sweepFailures },
    ...optional('heldUntil', job?.documentKey === undefined || job.bringsResults ? undefined : holdEndsAt(worker, deps.holdSeconds)),
    ...optional('dollarsPerHour', worker.dollarsPerHour),
    ...optional('dollarsSoFar', dollarsSoFar(worker, deps.now())),
    reproducible: batch !== undefined && isReproducible({ name: batch.stage }),
    ...optional('rescueRequestedAt', job?.rescueRequestedAt),
    ...optional('rescueFault', worker.rescueFault),
    ...optional('overdueAt', worker.overdueAt),
  };
}

type Acts = (deps: ApiDeps, workerId: string, actor: string) => Promise<HoldActed>;

const doneOrNot = ({ now }: ApiDeps, workerId: string, acted: HoldActed, detail: string): ApiAnswer => {
  if (acted.outcome === 'missing') return refused(404, 'worker-unknown', `there is no worker ${workerId}`);
  if (acted.outcome === 'refused') return refused(409, 'refused', `${workerId}: ${acted.reason}`);
  return answered({ worker: workerView(acted.worker, now()), detail });
};

const params = z.object({ workerId: WorkerId });
const actionRoute = (deps: ApiDeps, action: string, act: Acts, detail: string, body?: z.ZodType): Route =>
  route({
    method: 'POST',
    path: `/holds/:workerId/${action}`,
    role: 'operator',
    params,
    ...(body === undefined ? {} : { body }),
    handle: async ({ params: { workerId }, actor }) => doneOrNot(deps, workerId, await act(deps, workerId, actor.name), detail),
  });

/** The sweep starts at once; where it cannot, the schedule finds the worker all the same. */
const retry: Acts = async (deps, workerId, actor) => {
  const acted = await retryHold(deps, workerId, actor);
  if (acted.outcome === 'done') await inTheBackground(deps, `sweep of ${workerId}`, () => kickSweep(deps, acted.worker));
  return acted;
};
const giveUp: Acts = async (deps, workerId, actor) => {
  const acted = await giveUpHold(deps, workerId, actor);
  if (acted.outcome === 'done') await beatSoon(deps);
  return acted;
};

/** Routes about workers that are held: who they are, and what a person does about one. */
export const holdRoutes = (deps: ApiDeps): readonly Route[] => [
  route({
    method: 'GET',
    path: '/holds',
    role: 'viewer',
    handle: async () => {
      const held = await deps.stores.workers.withStatus('held', 200);
      return answered({ items: await Promise.all(held.map((worker) => holdView(deps, worker))) });
    },
  }),
  actionRoute(deps, 'retry', retry, 'it is swept once more'),
  actionRoute(deps, 'rescue', rescueHold, 'it is told to put its results into the bucket'),
  actionRoute(
    deps,
    'give-up',
    giveUp,
    'it is ended with what it has; its runs are due again at the next check that a person asks for',
    z.strictObject({ confirm: z.literal(true) }),
  ),
];
