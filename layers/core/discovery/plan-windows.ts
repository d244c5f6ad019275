import { z } from 'zod';
import { joined, splitWindow, WHOLE, Window, windowName, windowQuery } from './windows';

export const Counted = z.object({ window: Window, rows: z.number().int().nonnegative() });
export type Counted = z.infer<typeof Counted>;

/** Windows found so far. Plain data, so that a later call goes on where an earlier one stopped. */
export const WindowPlan = z.object({
  /** Too large still. */
  open: z.array(Counted),
  /** Small enough for one request; none is empty. */
  leaves: z.array(Counted),
});
export type WindowPlan = z.infer<typeof WindowPlan>;

export type Planned =
  | { readonly outcome: 'planned'; readonly plan: WindowPlan }
  | { readonly outcome: 'rejected'; readonly code: 'refused' | 'window-too-large' | 'window-count'; readonly detail: string };
type Count = (
  query: string,
) => Promise<{ readonly outcome: 'counted'; readonly rows: number } | { readonly outcome: 'refused'; readonly detail: string }>;

export const startPlan = (rows: number): WindowPlan => ({ open: [{ window: WHOLE, rows }], leaves: [] });

interface PlanRequest {
  readonly count: Count;
  readonly query: string;
  readonly rowLimit: number;
  /** The last day of the first range, as ENA writes days. */
  readonly today: string;
}

/**
 * Splits one window that is too large, with one request: the second half is what the first leaves of the whole. That the halves are what
 * ENA then sends is seen when their rows are counted.
 */
export async function splitOne({ count, query, rowLimit, today }: PlanRequest, plan: WindowPlan): Promise<Planned> {
  const large = plan.open.at(-1);
  if (large === undefined) return { outcome: 'planned', plan };
  const split = splitWindow(large.window, today);
  if (split === undefined) {
    const detail = `${large.rows} runs in ${windowName(large.window)}: more than the ${rowLimit} of one request, and nothing is left to split by`;
    return { outcome: 'rejected', code: 'window-too-large', detail };
  }
  const [first, second] = split;
  const counted = await count(windowQuery(query, first));
  if (counted.outcome === 'refused') return { outcome: 'rejected', code: 'refused', detail: counted.detail };
  const rest = large.rows - counted.rows;
  if (rest < 0) {
    const detail = `${counted.rows} runs in ${windowName(first)}, which is a part of ${windowName(large.window)} with ${large.rows}`;
    return { outcome: 'rejected', code: 'window-count', detail };
  }
  const halves: readonly Counted[] = [
    { window: second, rows: rest },
    { window: first, rows: counted.rows },
  ];
  const open = [...plan.open.slice(0, -1), ...halves.filter(({ rows }) => rows > rowLimit)];
  // The earlier half is worked on first, so that windows come in the order of their days and neighbours can be joined.
  const small = halves.filter(({ rows }) => rows > 0 && rows <= rowLimit).reverse();
  return { outcome: 'planned', plan: { open, leaves: small.reduce((leaves, one) => withLeaf(leaves, one, rowLimit), plan.leaves) } };
}

/** Joins the new window with the neighbour that it fits with, for fewer requests. */
function withLeaf(leaves: readonly Counted[], leaf: Counted, rowLimit: number): Counted[] {
  for (const [at, other] of leaves.entries()) {
    const window = joined(other.window, leaf.window) ?? joined(leaf.window, other.window);
    if (window === undefined || other.rows + leaf.rows > rowLimit) continue;
    return withLeaf(
      leaves.filter((_, index) => index !== at),
      { window, rows: other.rows + leaf.rows },
      rowLimit,
    );
  }
  return [...leaves, leaf];
}
