import type { Found } from '../ports/outside';
import type { Deps } from './deps';

/** The workers that a provider has, by key; undefined where it did not answer, or is not known. */
export type ProviderLists = (provider: string) => Promise<ReadonlyMap<string, Extract<Found, { outcome: 'found' }>> | undefined>;

/** One list of each provider, asked for when it is first needed and then kept: for one beat. */
export function providerLists({ providers }: Pick<Deps, 'providers'>): ProviderLists {
  const kept = new Map<string, ReturnType<ProviderLists>>();
  const ask = async (name: string): ReturnType<ProviderLists> => {
    const listed = await providers.get(name)?.list();
    if (listed?.outcome !== 'answered') return undefined;
    return new Map(listed.answer.map((worker) => [worker.key, { outcome: 'found', worker }]));
  };
  return (name) => {
    const asked = kept.get(name) ?? ask(name);
    kept.set(name, asked);
    return asked;
  };
}
