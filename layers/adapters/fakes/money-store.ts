import type { Worker } from '../../core/entities';
import { asMoney, overBudget, type Committed, type OverBudget, type Window } from '../../core/money/budget';
import { bookedIn, type Charge } from '../../core/money/charge';
import type { Admission, MoneyStore } from '../../core/ports/stores';
import { inOrder } from '../order';
import { copy, type MemoryState } from './memory-state';

const spendingKey = (of: string, key: string): string => `${of}#${key}`;
const committedIn = (state: MemoryState, { day, month }: Window): Committed => ({
  reservedDollars: state.ledger.reservedDollars,
  dayDollars: state.spendings.get(spendingKey('day', day))?.dollars ?? 0,
  monthDollars: state.spendings.get(spendingKey('month', month))?.dollars ?? 0,
});

export const reserve = (state: MemoryState, dollars: number): void => {
  if (asMoney(dollars) === 0) return;
  state.ledger.reservedDollars = asMoney(state.ledger.reservedDollars + dollars);
  state.ledger.version += 1;
};
export const overIn = (state: MemoryState, { worker, money }: Admission): OverBudget | undefined =>
  money && overBudget(committedIn(state, money.window), worker.reservedDollars, money.budget);

export const book = (state: MemoryState, worker: Worker, charge: Charge): void => {
  if (charge.dollars === 0) return;
  for (const { of, key } of bookedIn(worker, charge)) {
    const { dollars, workers } = state.spendings.get(spendingKey(of, key)) ?? { dollars: 0, workers: 0 };
    state.spendings.set(spendingKey(of, key), { of, key, dollars: asMoney(dollars + charge.dollars), workers: workers + 1 });
  }
};

export const memoryMoney = (state: MemoryState): MoneyStore => ({
  committed: async (window) => committedIn(state, window),
  ledger: async () => copy(state.ledger),
  mendLedger: async (seen, toDollars, event) => {
    if (state.ledger.version !== seen.version) return false;
    Object.assign(state.ledger, { reservedDollars: asMoney(toDollars), version: seen.version + 1 });
    state.events.push(copy(event));
    return true;
  },
  spending: async (wanted) =>
    inOrder(state.spendings.values(), ({ key }) => key)
      .filter(({ of }) => of === wanted)
      .map(copy),
});
