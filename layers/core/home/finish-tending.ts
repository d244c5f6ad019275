import type { Operation } from '../operation';
import type { Deps } from '../use-cases/deps';
import { endOperation } from '../use-cases/operations';
import { AdoptRequest, SHOWN_PROBLEMS, tendKeys, TendStep, type Problem } from './documents';
import { askedFor, change } from './record-rehashed';

interface Sum {
  readonly counts: Record<string, number>;
  bytes: number;
  readonly problems: Problem[];
  readonly unknownNames: string[];
  readonly reports: string[];
  readonly failures: string[];
}
const SHOWN_REPORTS = 100;

/**
 * Sums up the steps of an operation and ends it: *failed* where a source could not be finished. What was adopted is shown to the source at once, by a
 * check. Safe to repeat: an operation ends once.
 */
export async function finishTending(deps: Pick<Deps, 'stores' | 'objects' | 'now'>, operation: Operation, steps: number): Promise<void> {
  const sum: Sum = { counts: {}, bytes: 0, problems: [], unknownNames: [], reports: [], failures: [] };
  for (let step = 1; step <= steps; step += 1) {
    const came = await deps.objects.getJson(tendKeys(operation.operationId, step).step, TendStep);
    if (came) add(sum, came);
  }
  const adopting = operation.kind === 'adopt' ? AdoptRequest.parse(operation.request) : undefined;
  if (adopting && (sum.counts['adopted'] ?? 0) > 0) {
    await change(deps, operation, adopting.sources[0], 'runs-adopted', (source) => askedFor(source, deps.now()));
  }
  const { failures, ...result } = sum;
  const words = Object.entries(sum.counts).map(([name, count]) => `${count} ${name}`);
  const done = words.length === 0 && failures.length === 0 ? ['nothing was found to do'] : words;
  const detail = [...failures, ...(done.length === 0 ? [] : [done.join(', ')])].join('; ').slice(0, 1_000);
  await endOperation(deps, operation.operationId, failures.length > 0 ? 'fail' : 'finish', { detail, result: { ...result } });
}

function add(sum: Sum, came: TendStep): void {
  for (const [name, count] of Object.entries(came.counts)) {
    // How many are left is said anew by each pass.
    sum.counts[name] = name === 'left' ? count : (sum.counts[name] ?? 0) + count;
  }
  if (came.counts['left'] === undefined) delete sum.counts['left'];
  sum.bytes += came.bytes;
  sum.problems.push(...came.problems.slice(0, SHOWN_PROBLEMS - sum.problems.length));
  sum.unknownNames.push(...came.unknownNames.slice(0, SHOWN_PROBLEMS - sum.unknownNames.length));
  if (came.reportKey !== undefined && sum.reports.length < SHOWN_REPORTS) sum.reports.push(came.reportKey);
  if (came.failure !== undefined) sum.failures.push(`${came.sourceId}: ${came.failure}`);
}
