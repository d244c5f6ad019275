import type { DispatchSettings } from '../core/use-cases/dispatch-batch';
import type { DropletSetting } from './digitalocean/setting';

/** How long the start of a worker is waited for, as the installation says it for each provider. */
export const startDeadlines = (env: { readonly START_DEADLINE_SECONDS: number; readonly DROPLET: DropletSetting }): DispatchSettings => ({
  startDeadlineSeconds: env.START_DEADLINE_SECONDS,
  startDeadlineSecondsAt: env.DROPLET === null ? {} : { droplet: env.DROPLET.startDeadlineSeconds },
});
