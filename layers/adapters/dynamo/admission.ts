/** Workers with what is counted and reserved for them: each in one transaction with the counters and the ledger. */
import { StoreBusyError } from '../../core/errors';
import { Worker, type WorkerStatus } from '../../core/entities';
import { asMoney, overBudget } from '../../core/money/budget';
import type { Charge } from '../../core/money/charge';
import type { Admission, Admitted, Change, Written } from '../../core/ports/stores';
import type { HistoryEvent } from '../../core/records';
import { batchKey, batchPatch, type BatchEntity } from './batch';
import { committed } from './change';
import { countDown, countUp, type CounterEntity } from './counter';
import { eventItem, type EventEntity } from './event';
import { chargeItems, committedBy, ledgerMoved, readLedger, type MoneyEntities } from './money';
import { conflict, parsed, stored } from './parsed';
import { CONSISTENT } from './table';
import { pause, transact, TRIES, type Transacted } from './transact';
import { AdmittedWorker, patchOf, putOf, type WorkerEntity } from './worker-entity';

export interface WorkerEntities extends MoneyEntities {
  readonly workers: WorkerEntity;
  readonly batches: BatchEntity;
  readonly counters: CounterEntity;
  readonly events: EventEntity;
}

type Rejected = Extract<Transacted, { readonly outcome: 'rejected' }>;

/**
 * Runs a transaction that moves the ledger by so many dollars, as its last item. Others move it too: then it is read and put again. No dollars, no ledger.
 * @throws StoreBusyError when others were faster each time
 */
async function withLedger(
  entities: WorkerEntities,
  dollars: number,
  items: readonly unknown[],
  look: (ledger: Awaited<ReturnType<typeof readLedger>>) => Promise<boolean> = async () => true,
): Promise<Transacted | { readonly outcome: 'stopped' }> {
  if (asMoney(dollars) === 0) return transact(entities, items);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const ledger = await readLedger(entities);
    if (!(await look(ledger))) return { outcome: 'stopped' };
    const result = await transact(entities, [...items, ledgerMoved(entities, ledger, dollars)]);
    if (result.outcome === 'done' || !onlyLast(result)) return result;
    await pause(attempt);
  }
  throw new StoreBusyError('the ledger');
}
const onlyLast = ({ failed }: Rejected): boolean => failed.indexOf(true) === failed.length - 1;

/** Worker, batch and history come before the counters: a repeat is a *conflict* even where the caps are full or the money is spent. */
export async function admit(entities: WorkerEntities, { worker, batch, caps, money }: Admission): Promise<Admitted> {
  const { batches, counters, events } = entities;
  const scopes = caps.map(({ scope }) => scope);
  const items = [
    committed(putOf(entities.workers, worker, scopes)),
    committed(batchPatch(batches, batch.batchId, batch)),
    committed(events.put(eventItem(batch.event))),
    ...caps.map((cap) => countUp(counters, cap, worker)),
  ];
  let over: ReturnType<typeof overBudget>;
  const result = await withLedger(entities, worker.reservedDollars, items, async (ledger) => {
    over = money && overBudget(await committedBy(entities, ledger, money.window), worker.reservedDollars, money.budget);
    return over === undefined;
  });
  if (result.outcome === 'done') return { outcome: 'admitted' };
  if (result.outcome === 'stopped') return (await isStale(entities, worker, batch)) ? { outcome: 'conflict' } : refusedBy(over);
  const [workerFailed, batchFailed, , ...capFailed] = result.failed;
  if (workerFailed === true || batchFailed === true) return { outcome: 'conflict' };
  return { outcome: 'refused', by: scopes[capFailed.indexOf(true)] ?? 'unknown' };
}
const refusedBy = (over: ReturnType<typeof overBudget>): Admitted =>
  over === undefined ? { outcome: 'refused', by: 'budget' } : { outcome: 'refused', by: over.scope, over };

async function isStale({ workers, batches }: WorkerEntities, worker: Worker, batch: Admission['batch']): Promise<boolean> {
  const [standing, planned] = await Promise.all([
    workers.get({ workerId: worker.workerId }).go(CONSISTENT),
    batches.get(batchKey(batch.batchId)).go(CONSISTENT),
  ]);
  return standing.data !== null || planned.data?.status !== batch.from;
}

const readWorker = async ({ workers }: WorkerEntities, workerId: string) =>
  parsed(AdmittedWorker, (await workers.get({ workerId }).go(CONSISTENT)).data);

/** What is freed is what the item says, not what the caller holds; a second call finds the worker gone. */
export async function free(
  entities: WorkerEntities,
  held: Worker,
  from: WorkerStatus,
  event: HistoryEvent,
  charge: Charge,
): Promise<Written<Worker>> {
  const { workers, counters, events } = entities;
  const standing = await readWorker(entities, held.workerId);
  if (standing === undefined || standing.status !== from || from === 'gone') return conflict(parsed(Worker, standing));
  if (!isPricedAs(standing, held)) return conflict(parsed(Worker, standing));
  const { slots, reservedBytes, reservedTasks, reservedDollars, dollarsPerHour, scopes } = standing;
  const gone = { status: 'gone' as const, goneAt: event.at, ...(charge.dollars > 0 && { costDollars: charge.dollars }) };
  const result = await withLedger(entities, -reservedDollars, [
    committed(
      patchOf(workers, held.workerId, { from, set: gone, where: { slots, reservedBytes, reservedTasks, reservedDollars, dollarsPerHour } }),
    ),
    committed(events.put(eventItem(event))),
    ...scopes.map((scope) => countDown(counters, scope, standing)),
    ...chargeItems(entities, standing, charge),
  ]);
  if (result.outcome !== 'done') return conflict(parsed(Worker, result.outcome === 'rejected' ? result.items[0] : standing));
  return { outcome: 'written', item: Worker.parse({ ...standing, ...gone }) };
}
const isPricedAs = (one: Worker, other: Worker): boolean =>
  one.reservedDollars === other.reservedDollars && one.dollarsPerHour === other.dollarsPerHour;

/** A change that raises or lowers what is reserved for the worker: the ledger moves by the difference. */
export async function changeReservation(
  entities: WorkerEntities,
  workerId: string,
  change: Change<Worker, WorkerStatus>,
  reservedDollars: number,
): Promise<Written<Worker>> {
  const { workers, events } = entities;
  const standing = await readWorker(entities, workerId);
  if (standing?.status !== change.from) return conflict(parsed(Worker, standing));
  const where = { ...change.where, reservedDollars: change.where?.reservedDollars ?? standing.reservedDollars };
  const result = await withLedger(entities, reservedDollars - standing.reservedDollars, [
    committed(patchOf(workers, workerId, { ...change, where })),
    committed(events.put(eventItem(change.event))),
  ]);
  if (result.outcome !== 'done') return conflict(parsed(Worker, result.outcome === 'rejected' ? result.items[0] : standing));
  const after = parsed(Worker, (await workers.get({ workerId }).go(CONSISTENT)).data);
  return after === undefined
    ? conflict<Worker>(undefined)
    : { outcome: 'written', item: Worker.parse(stored({ ...after, ...change.set })) };
}
