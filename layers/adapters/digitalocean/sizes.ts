import type { OfferedSize } from '../../core/dispatch/choose-size';
import type { Clock } from '../../core/ports/outside';
import type { Answer } from './answer';
import type { DigitalOcean, Size } from './client';

const KEPT_MS = 600_000;

/** The sizes on offer, asked for every ten minutes at most. */
export function keptSizes(client: Pick<DigitalOcean, 'sizes'>, now: Clock): () => Promise<Answer<readonly OfferedSize[]>> {
  let kept: { readonly value: readonly OfferedSize[]; readonly untilMs: number } | undefined;
  return async () => {
    if (kept !== undefined && kept.untilMs > now().getTime()) return { outcome: 'done', value: kept.value };
    const answer = await client.sizes();
    if (answer.outcome !== 'done') return answer;
    kept = { value: answer.value.filter(isListed).map(offeredOf), untilMs: now().getTime() + KEPT_MS };
    return { outcome: 'done', value: kept.value };
  };
}

/** The list of droplets leaves out those with a GPU, so one would be lost from sight. */
const isListed = ({ slug, gpu_info: gpu }: Size): boolean => !slug.startsWith('gpu-') && (gpu === undefined || gpu === null);

const offeredOf = ({ slug, available, regions, vcpus, memory, disk, price_hourly: price }: Size): OfferedSize => ({
  ...{ slug, available, regions, cpus: vcpus, memoryMb: memory, diskGb: disk, dollarsPerHour: price },
});
