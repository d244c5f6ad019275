import { causeKind } from '../attempts/causes';
import type { Batch } from '../entities';
import type { Stage } from '../wire';
import type { Site, SiteOffer } from './site';

/** What a site cannot give a batch; in the order in which it is looked at. */
export const UNFIT = ['stage', 'pipeline', 'bytes', 'cpus', 'memory', 'time'] as const;
export type Unfit = (typeof UNFIT)[number];

/** Why a site cannot take a batch as it offers itself now; undefined where it can. Pure. */
export function unfitFor(
  { stages }: Pick<Site, 'stages'>,
  offer: SiteOffer,
  { bytes }: Pick<Batch, 'bytes'>,
  { name, pipeline, revision, resources }: Stage,
): Unfit | undefined {
  const lacks: Readonly<Record<Unfit, boolean>> = {
    stage: stages !== undefined && !stages.includes(name),
    pipeline: offer.pipelines !== undefined && offer.pipelines[pipeline]?.startsWith(revision) !== true,
    bytes: bytes > offer.bytes,
    cpus: resources.cpus > offer.cpus,
    memory: resources.memoryMb > offer.memoryMb,
    time: resources.timeMinutes > offer.timeMinutes,
  };
  return UNFIT.find((each) => lacks[each]);
}

/** An attempt failed at this site for a cause that another place may not have: then it takes the batch last. Pure. */
export const failedAt = (site: string, { attempts }: Pick<Batch, 'attempts'>): boolean =>
  attempts.some(({ place, cause }) => place === site && causeKind(cause).next === 'elsewhere');
