import { keyScopeOf } from '../ids';
import type { Deps } from './deps';
import type { Isolate } from './isolate';
import type { ProviderLists } from './list-providers';

type OrphanDeps = Pick<Deps, 'stores' | 'providers' | 'installation'> & { readonly isolate: Isolate; readonly lists: ProviderLists };

/**
 * Machines that were born after their worker was given up: the table says *gone*, the provider still has them, and they cost money. They are
 * destroyed; nobody waits for what they do, since their enrolment is refused. A machine whose worker the table does not know is left to a person.
 * Safe to repeat: destroying what is gone is done.
 * @returns how many were asked to end
 */
export async function reconcileOrphans(deps: OrphanDeps): Promise<number> {
  let ended = 0;
  for (const [name, provider] of deps.providers) {
    if (provider.results === 'home') continue;
    for (const [key, found] of (await deps.lists(name)) ?? []) {
      const workerId = keyScopeOf(key.slice(deps.installation.length + 1));
      const worker = await deps.stores.workers.get(workerId);
      if (worker?.status !== 'gone') continue;
      if ((await deps.isolate(workerId, () => provider.destroy(key, found.worker.providerRef)))?.outcome === 'done') ended += 1;
    }
  }
  return ended;
}
