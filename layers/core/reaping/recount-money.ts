import { asMoney } from '../money/budget';
import type { Stores } from '../ports/stores';
import type { Ledger, Spending } from '../records';
import type { Looked } from './judge-each';
import type { Suspicion } from './suspects';

const signed = (dollars: number): string => `${dollars > 0 ? '+' : ''}${dollars.toFixed(4)} dollars`;
const sumOf = (items: readonly { readonly dollars: number }[]): number => asMoney(items.reduce((sum, { dollars }) => sum + dollars, 0));
/** Sums of floats differ in their last places. */
const differs = (dollars: number): boolean => Math.abs(dollars) > 0.0005;

/** What is reserved against what the living workers have reserved. Pure. */
export function recountLedger(seen: Ledger, alive: readonly { readonly reservedDollars: number }[]): readonly Suspicion[] {
  const toDollars = sumOf(alive.map(({ reservedDollars }) => ({ dollars: reservedDollars })));
  const drift = asMoney(seen.reservedDollars - toDollars);
  if (!differs(drift)) return [];
  const detail = `the ledger reserves ${seen.reservedDollars} dollars; the ${alive.length} workers alive have reserved ${toDollars}`;
  const about = { kind: 'counter-drift', subject: 'ledger/reserved', place: 'money', detail, fingerprint: signed(drift) } as const;
  return [{ ...about, ledger: { seen, toDollars } }];
}

/**
 * What was spent is booked by day, month and source in one transaction, so each adds up to the same. Which one is right nobody can tell from the sums, so a person
 * is asked. Pure.
 */
export function recountSpending(
  days: readonly Spending[],
  months: readonly Spending[],
  sources: readonly Spending[],
): readonly Suspicion[] {
  const ask = (subject: string, drift: number, detail: string): readonly Suspicion[] =>
    differs(drift) ? [{ kind: 'spending-drift', subject, place: 'money', detail, fingerprint: signed(drift) }] : [];
  const monthly = months.flatMap(({ key, dollars }) => {
    const own = sumOf(days.filter((day) => day.key.startsWith(`${key}-`)));
    return ask(`spending/${key}`, asMoney(dollars - own), `${dollars} dollars are booked for ${key}, ${own} for its days`);
  });
  const [all, bySource] = [sumOf(months), sumOf(sources)];
  const text = `${all} dollars are booked for all months, ${bySource} for all sources`;
  return [...monthly, ...ask('spending/sources', asMoney(all - bySource), text)];
}

const TRIES = 3;

/**
 * Reads the ledger before and after all that it goes with: where it has moved in between, somebody was admitted, priced or freed, and all is read again. Reads
 * only. Where it moves each time nothing is said about it.
 */
export async function lookAtMoney({ money, workers }: Pick<Stores, 'money' | 'workers'>): Promise<Looked> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const ledger = await money.ledger();
    const alive = await workers.alive();
    const [days, months, sources] = [await money.spending('day'), await money.spending('month'), await money.spending('source')];
    if ((await money.ledger()).version !== ledger.version) continue;
    return { suspicions: [...recountLedger(ledger, alive), ...recountSpending(days, months, sources)], isWhole: true };
  }
  return { suspicions: [], isWhole: false };
}
