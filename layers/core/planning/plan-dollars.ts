import { diskGbFor, lifeSeconds, worstDollars, type PriceList } from '../dispatch/worst-case';
import { startSecondsAt, type DispatchSettings } from '../use-cases/dispatch-batch';
import type { Stage } from '../wire';

export interface Costing {
  /** Where its batches may run. */
  readonly providers: readonly string[];
  readonly stage: Stage;
  readonly settings: DispatchSettings;
  readonly rateOf: PriceList;
}

/** US dollars that a plan costs at most: each batch one attempt, at the dearest provider that it may run at. Pure. */
export function planDollars(batches: readonly { readonly bytes: number }[], { providers, stage, settings, rateOf }: Costing): number {
  const most = ({ bytes }: { readonly bytes: number }): number =>
    Math.max(
      0,
      ...providers.map((provider) => {
        const seconds = lifeSeconds(startSecondsAt(settings, provider), stage.resources);
        return worstDollars({ seconds, bytes }, rateOf(provider, { ...stage.resources, diskGb: diskGbFor(bytes) }));
      }),
    );
  return batches.reduce((sum, batch) => sum + most(batch), 0);
}
