import { z } from 'zod';
import type { Worker } from '../entities';
import { asMoney } from '../money/budget';
import { finalDollars } from '../money/charge';
import type { Spending } from '../records';
import { SourceParams, type ApiDeps } from './api-deps';
import { dollarsSoFar, moneyView, type Money } from './cost';
import { answered, route, type Route } from './http';

export const COST_KINDS = ['day', 'month', 'source', 'batch'] as const;
export type CostKind = (typeof COST_KINDS)[number];

/** What was spent for one day, month, source or batch. US dollars. */
export interface CostLine {
  readonly key: string;
  /** By workers that are gone, at the price that each had; and how many. */
  readonly dollars: number;
  readonly workers: number;
  /** By workers that live, until now; of sources and batches alone. */
  readonly dollarsSoFar?: number;
}
export interface CostView {
  readonly by: CostKind;
  readonly money: Money;
  readonly items: readonly CostLine[];
}

type CostDeps = Pick<ApiDeps, 'stores' | 'now' | 'budget'>;

async function spendings({ stores }: CostDeps, by: CostKind, sourceId: string | undefined): Promise<readonly Spending[]> {
  if (by !== 'batch')
    return (await stores.money.spending(by)).filter(({ key }) => by !== 'source' || sourceId === undefined || key === sourceId);
  const sources = sourceId === undefined ? (await stores.money.spending('source')).map(({ key }) => key) : [sourceId];
  return (await Promise.all(sources.map((key) => stores.money.spending(`batch/${key}`)))).flat();
}

/** With what the living have cost so far; sources and batches of which none is gone yet are lines too. */
function withLiving(
  lines: readonly CostLine[],
  living: readonly Worker[],
  keyOf: (worker: Worker) => string,
  now: Date,
): readonly CostLine[] {
  const byKey = new Map(lines.map((line) => [line.key, line]));
  for (const worker of living) {
    const soFar = dollarsSoFar(worker, now) ?? finalDollars(worker, now);
    if (soFar === 0) continue;
    const line = byKey.get(keyOf(worker)) ?? { key: keyOf(worker), dollars: 0, workers: 0 };
    byKey.set(line.key, { ...line, dollarsSoFar: asMoney((line.dollarsSoFar ?? 0) + soFar) });
  }
  return [...byKey.values()].sort((one, other) => one.key.localeCompare(other.key));
}

/** What was spent, by day, month, source or batch. Read only. @param sourceId of sources and batches: this one alone */
export async function costView(deps: CostDeps, by: CostKind, sourceId?: string): Promise<CostView> {
  const [alive, spent] = await Promise.all([deps.stores.workers.alive(), spendings(deps, by, sourceId)]);
  const lines = spent.map(({ key, dollars, workers }) => ({ key, dollars, workers }));
  const living = alive.filter((worker) => sourceId === undefined || worker.sourceId === sourceId);
  const isOfWork = by === 'source' || by === 'batch';
  const items = isOfWork ? withLiving(lines, living, (worker) => (by === 'source' ? worker.sourceId : worker.batchId), deps.now()) : lines;
  return { by, money: await moneyView(deps, alive), items };
}

const CostQuery = z.object({ by: z.enum(COST_KINDS).default('month'), source: SourceParams.shape.sourceId.optional() });

export const costRoute = (deps: CostDeps): Route =>
  route({
    method: 'GET',
    path: '/cost',
    role: 'viewer',
    query: CostQuery,
    handle: async ({ query: { by, source } }) => answered(await costView(deps, by, source)),
  });
