import type { CapCounter } from '../records';
import type { CountedWorker } from '../ports/stores';
import { countedIn, TASKS_SCOPE } from '../dispatch/counted-in';
import type { Suspicion } from './suspects';

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value));

/**
 * Counters against what the living workers add up to, each under the scopes that it was admitted under. A difference is a suspicion with a
 * fingerprint, so that only the same one counts when it is looked for again: a worker that was admitted between the two reads makes none. Pure.
 */
export function recount(counters: readonly CapCounter[], alive: readonly CountedWorker[]): readonly Suspicion[] {
  const counted = new Map<string, CapCounter>(counters.map(({ scope }) => [scope, { scope, workers: 0, bytes: 0 }]));
  for (const { worker, scopes } of alive) {
    for (const scope of scopes) {
      const { workers, bytes } = counted.get(scope) ?? { workers: 0, bytes: 0 };
      const more = countedIn(scope, worker);
      counted.set(scope, { scope, workers: workers + more.workers, bytes: bytes + more.bytes });
    }
  }
  return [...counted.values()].flatMap((to) => {
    const seen = counters.find(({ scope }) => scope === to.scope) ?? { scope: to.scope, workers: 0, bytes: 0 };
    const [workers, bytes] = [seen.workers - to.workers, seen.bytes - to.bytes];
    if (workers === 0 && bytes === 0) return [];
    const what = to.scope === TASKS_SCOPE ? 'places' : 'workers';
    const detail = `${to.scope} counts ${seen.workers} ${what} and ${seen.bytes} bytes; those alive are ${to.workers} and ${to.bytes}`;
    const fingerprint = `${signed(workers)} ${what}, ${signed(bytes)} bytes`;
    return [{ kind: 'counter-drift', subject: `counter/${to.scope}`, place: 'table', detail, fingerprint, counter: { seen, to } } as const];
  });
}
