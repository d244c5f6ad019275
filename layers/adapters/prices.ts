import { chooseSizes } from '../core/dispatch/choose-size';
import type { PriceList } from '../core/dispatch/worst-case';
import type { Secrets } from '../core/ports/outside';
import { digitalOcean } from './digitalocean/client';
import { diskOf } from './digitalocean/create';
import type { DropletSetting } from './digitalocean/setting';
import { keptSizes } from './digitalocean/sizes';

const FREE = { dollarsPerHour: 0, egressDollarsPerGib: 0 };

/**
 * What workers cost at the providers of an installation, as they say it now. A create may fall back on each of the sizes that fit, so the dearest counts; where
 * they cannot be asked for, the most that is allowed. A cluster is the laboratory's own and costs nothing.
 */
export function workerPrices(
  {
    DROPLET: droplet,
    DIGITALOCEAN_TOKEN_PARAMETER: parameter,
  }: { readonly DROPLET: DropletSetting; readonly DIGITALOCEAN_TOKEN_PARAMETER: string },
  secrets: Secrets,
): () => Promise<PriceList> {
  if (droplet === null) return async () => () => FREE;
  const sizes = keptSizes(digitalOcean({ apiUrl: droplet.apiUrl, token: () => secrets.get(parameter) }), () => new Date());
  return async () => {
    const offered = await sizes();
    return (provider, need) => {
      if (provider !== 'droplet') return FREE;
      const choices = offered.outcome === 'done' ? chooseSizes(offered.value, { ...need, diskGb: diskOf(need) }, droplet) : [];
      const prices = choices.map(({ dollarsPerHour }) => dollarsPerHour);
      const dollarsPerHour = prices.length === 0 ? droplet.maxDollarsPerHour : Math.max(...prices);
      return { dollarsPerHour, egressDollarsPerGib: droplet.egressDollarsPerGib };
    };
  };
}
