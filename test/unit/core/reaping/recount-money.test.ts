import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { lookAtMoney, recountLedger, recountSpending } from '../../../../layers/core/reaping/recount-money';

const spent = (of: string, key: string, dollars: number) => ({ of, key, dollars, workers: 1 });
const days = [spent('day', '2026-01-30', 1.5), spent('day', '2026-01-31', 0.25), spent('day', '2026-02-01', 4)];
const months = [spent('month', '2026-01', 1.75), spent('month', '2026-02', 4)];
const sources = [spent('source', 'study:PRJEB1', 5.5), spent('source', 'taxon:562', 0.25)];

test('a ledger that reserves what the living have reserved is no suspect, whatever the last places of the sum say', () => {
  const alive = [0.1, 0.2, 0.3].map((reservedDollars) => ({ reservedDollars }));
  expect(recountLedger({ reservedDollars: 0.6, version: 3 }, alive)).toEqual([]);
});

test.each([
  [2, '+1.4000 dollars'],
  [0, '-0.6000 dollars'],
])('a ledger of %s for 0.6 is one, with what it is to be set to', (reservedDollars, fingerprint) => {
  const seen = { reservedDollars, version: 3 };
  const alive = [{ reservedDollars: 0.6 }];
  expect(recountLedger(seen, alive)).toMatchObject([{ kind: 'counter-drift', fingerprint, ledger: { seen, toDollars: 0.6 } }]);
});

test('what was spent adds up by day, month and source, or a person is asked', () => {
  expect(recountSpending(days, months, sources)).toEqual([]);
  expect(recountSpending(days.slice(1), months, sources)).toMatchObject([
    { kind: 'spending-drift', subject: 'spending/2026-01', fingerprint: '+1.5000 dollars' },
  ]);
  expect(recountSpending(days, months, sources.slice(1))).toMatchObject([{ subject: 'spending/sources' }]);
});

test('a ledger that moves while it is read says nothing, and recovers nothing', async () => {
  const stores = memoryStores();
  let version = 0;
  const ledger = async () => ({ reservedDollars: 5, version: (version += 1) });
  expect(await lookAtMoney({ ...stores, money: { ...stores.money, ledger } })).toEqual({ suspicions: [], isWhole: false });
});
