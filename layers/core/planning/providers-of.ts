import type { Source } from '../entities';
import type { Stage } from '../wire';

/** The only providers whose workers see home: what works on results that are verified there can run nowhere else. */
export const SEES_HOME: readonly string[] = ['slurm'];

/**
 * Where a batch of a source may run, best first; pure. What the person chose, within what every stage can do. A provider that the
 * installation does not have is kept where it was chosen by name: the batch then waits, and says why, until there is one.
 * @param configured every provider of the installation, in the order of its caps
 */
export function providersOf(
  { provider = 'any' }: Pick<Source, 'provider'>,
  stages: readonly Pick<Stage, 'providers'>[],
  configured: readonly string[],
): readonly string[] {
  const chosen = provider === 'any' ? configured : [provider];
  return chosen.filter((name) => stages.every(({ providers }) => providers === undefined || providers.includes(name)));
}
