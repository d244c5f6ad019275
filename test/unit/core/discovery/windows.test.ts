import { splitOne, startPlan } from '../../../../layers/core/discovery/plan-windows';
import { splitWindow, WHOLE, windowName, windowQuery } from '../../../../layers/core/discovery/windows';

const TODAY = '2026-01-01';

it('asks for a window and its complement in words that ENA knows', () => {
  const [inside, outside] = splitWindow(WHOLE, TODAY) ?? [WHOLE, WHOLE];
  expect(windowQuery('tax_tree(2)', inside)).toBe('tax_tree(2) AND first_public>=2000-01-01 AND first_public<=2026-01-01');
  expect(windowQuery('tax_tree(2)', outside)).toBe('tax_tree(2) AND NOT (first_public>=2000-01-01 AND first_public<=2026-01-01)');
  expect(windowName(outside)).toBe('outside first_public 2000-01-01 to 2026-01-01');
});

it('splits a day by its other dates, then by values, and then no more', () => {
  let window = { ...WHOLE, spans: [{ column: 'first_public' as const, from: '2020-01-01', to: '2020-01-01' }] };
  const seen: string[] = [];
  for (let splits = 0; splits < 200; splits += 1) {
    const split = splitWindow(window, TODAY);
    if (split === undefined) break;
    window = split[1] as typeof window;
    seen.push(windowName(split[0]));
  }
  expect(seen[0]).toContain('last_updated 2000-01-01 to 2026-01-01');
  expect(seen.some((name) => name.includes('instrument_platform is ILLUMINA'))).toBe(true);
  expect(splitWindow(window, TODAY)).toBeUndefined();
});

/** Runs by day of publication, growing as the archive did: half of them in the last four years. */
function growing(runs: number): (from: string, to: string) => number {
  const [first, days] = [Date.parse('2008-01-01') / 86_400_000, 6_575];
  const until = (day: number): number => Math.round(runs * 2 ** ((Math.min(day, days) - days) / 1_461));
  return (from, to) => {
    const at = (day: string): number => Date.parse(day) / 86_400_000 - first;
    return (at(to) < 0 ? 0 : until(at(to))) - (at(from) <= 0 ? 0 : until(at(from) - 1));
  };
}

it.each([
  { runs: 100_000, requests: 3 },
  { runs: 4_000_000, requests: 49 },
])('lists a taxon of $runs runs with $requests requests, 250,000 runs each at most', async ({ runs, requests }) => {
  const inDays = growing(runs);
  let asked = 1;
  const count = async (query: string) => {
    asked += 1;
    const [, from = '', to = ''] = /first_public>=(\S+) AND first_public<=([\d-]+)/.exec(query) ?? [];
    return { outcome: 'counted' as const, rows: inDays(from, to) };
  };
  const rowLimit = 250_000;
  let plan = startPlan(runs);
  if (runs <= rowLimit) plan = { open: [], leaves: plan.open };
  while (plan.open.length > 0) {
    const step = await splitOne({ count, query: 'tax_tree(2)', rowLimit, today: TODAY }, plan);
    if (step.outcome !== 'planned') throw new Error(step.detail);
    plan = step.plan;
  }
  expect(plan.leaves.every(({ rows }) => rows > 0 && rows <= rowLimit)).toBe(true);
  expect(plan.leaves.reduce((sum, { rows }) => sum + rows, 0)).toBe(runs);
  // One count before, those of the plan, a search for each window, one count after.
  expect(asked + plan.leaves.length + 1).toBe(requests);
});
