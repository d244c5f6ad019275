import { causeKind } from '../attempts/causes';
import type { Batch } from '../entities';
import type { Stage } from '../wire';
import { wholeOf, type Stages } from '../workflows/stages-of';
import type { Site, SiteOffer } from './site';

/** What a site cannot give a batch; in the order in which it is looked at. */
export const UNFIT = ['stage', 'pipeline', 'bytes', 'cpus', 'memory', 'time'] as const;
export type Unfit = (typeof UNFIT)[number];

/** Why a site cannot take a batch as it offers itself now; undefined where it can. Pure. */
export function unfitFor(site: Pick<Site, 'stages'>, offer: SiteOffer, { bytes }: Pick<Batch, 'bytes'>, stages: Stages): Unfit | undefined {
  const { resources } = wholeOf(stages);
  const lacks: Readonly<Record<Unfit, boolean>> = {
    stage: stages.some(({ name }) => site.stages?.includes(name) === false),
    pipeline: stages.some((stage) => lacksPipeline(offer, stage)),
    bytes: bytes > offer.bytes,
    cpus: resources.cpus > offer.cpus,
    memory: resources.memoryMb > offer.memoryMb,
    time: resources.timeMinutes > offer.timeMinutes,
  };
  return UNFIT.find((each) => lacks[each]);
}

/** One that comes from a repository is checked out at its commit by whoever runs it. */
const lacksPipeline = ({ pipelines }: SiteOffer, { pipeline, revision, pinned, repository }: Stage): boolean =>
  repository === undefined && pipelines !== undefined && pipelines[pipeline]?.startsWith(pinned ?? revision) !== true;

/** An attempt failed at this site for a cause that another place may not have: then it takes the batch last. Pure. */
export const failedAt = (site: string, { attempts }: Pick<Batch, 'attempts'>): boolean =>
  attempts.some(({ place, cause }) => place === site && causeKind(cause).next === 'elsewhere');
