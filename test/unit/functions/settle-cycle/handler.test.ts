import { endOf, settleCycleHandler, type Input } from '../../../../functions/settle-cycle/handler';
import { memoryMachines } from '../../../../layers/adapters/fakes/machines';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import type { Source } from '../../../../layers/core/entities';
import { aSource } from '../../core/discovery/factories';

const sourceId = 'study:PRJEB28810';
const startedAt = '2026-01-02T00:00:00.000Z';
const now = '2026-01-02T00:10:00.000Z';
const after = (seconds: number, from = now): string => new Date(Date.parse(from) + seconds * 1000).toISOString();
const running: Partial<Source> = {
  cycle: 4,
  cycleRunning: true,
  cycleStartedAt: startedAt,
  phase: 'listing',
  lastRunStatus: 'in progress',
};

async function installed(source: Partial<Source>) {
  const stores = memoryStores();
  const deps = { stores, machines: memoryMachines(), objects: memoryObjects(), now: () => new Date(now) };
  await stores.sources.add(aSource({ sourceId, ...running, ...source }), {
    entityId: sourceId,
    sourceId,
    at: startedAt,
    type: 'added',
    actor: 'test',
  });
  const handle = settleCycleHandler(deps);
  const settle = async (input: Omit<Input, 'sourceId' | 'cycle'>, cycle = 4) => {
    const answer = await handle({ sourceId, cycle, ...input });
    return { ...answer, source: (await stores.sources.get(sourceId))! };
  };
  return { settle, stores };
}
const rejected = { listed: { outcome: 'rejected', code: 'cut-short', detail: 'the last line does not end' } };

describe('the end of a cycle', () => {
  const lambda = (errorType: string, errorMessage: string) => ({
    Error: errorType,
    Cause: JSON.stringify({ errorType, errorMessage, trace: [] }),
  });
  it.each([
    {
      input: { listed: { outcome: 'listed', rows: 3 }, planned: { outcome: 'planned' } },
      end: { outcome: 'good', detail: '3 runs listed, planned' },
    },
    { input: rejected, end: { outcome: 'bad', code: 'listing-rejected', detail: 'cut-short: the last line does not end' } },
    {
      input: { listed: { outcome: 'listed' }, compared: { outcome: 'rejected', code: 'invalid-filter', detail: 'x' } },
      end: { code: 'listing-rejected' },
    },
    {
      input: { listed: { outcome: 'rejected', code: 'large-drop', detail: 'x', rows: 5 } },
      end: { code: 'listing-rejected', suspect: { code: 'large-drop', rows: 5 } },
    },
    {
      input: { listed: { outcome: 'unavailable', detail: 'x', afterSeconds: 3600 } },
      end: { code: 'archive-unavailable', detail: 'x', afterSeconds: 3600 },
    },
    { input: { listed: { outcome: 'unknown-source', detail: 'x' } }, end: { code: 'source-unknown' } },
    { input: {}, end: { code: 'cycle-failed' } },
    {
      input: { failure: lambda('ArchiveUnavailableError', 'ENA is unavailable: HTTP 503') },
      end: { code: 'archive-unavailable', detail: 'ENA is unavailable: HTTP 503' },
    },
    { input: { failure: lambda('Runtime.HandlerError', 'ENA is unavailable: HTTP 503') }, end: { code: 'archive-unavailable' } },
    { input: { failure: lambda('ZodError', 'bad') }, end: { code: 'cycle-failed', detail: 'ZodError: bad' } },
    { input: { failure: { Error: 'States.Timeout', Cause: '' } }, end: { code: 'cycle-failed' } },
  ])('is $end.code $end.detail', ({ input, end }) => {
    expect(endOf({ sourceId, cycle: 1, ...input })).toMatchObject(end);
  });
});

it('a good cycle leaves no warning without a name where the source was published before the cycle ended', async () => {
  const generatedWarning = [{ code: 'listing-rejected', detail: 'x' }];
  const { settle } = await installed({ phase: 'idle', lastRunStatus: 'warning', generatedWarning });
  expect((await settle({ planned: { outcome: 'planned' } })).source).toMatchObject({ lastRunStatus: 'complete', generatedWarning: [] });
});

it('sets the next check from the start of a good cycle and takes its own warnings away, no others', async () => {
  const generatedWarning = [
    { code: 'archive-unavailable', detail: 'x' },
    { code: 'runs-failed', detail: 'y' },
  ];
  const { settle } = await installed({ phase: 'running', listingCycle: 4, plannedBatches: 1, generatedWarning, rejectedListings: 2 });
  const { source } = await settle({ listed: { outcome: 'listed', rows: 3 }, planned: { outcome: 'planned' } });
  expect(source).toMatchObject({
    cycleRunning: false,
    phase: 'running',
    lastCheckedAt: startedAt,
    nextCheckAt: after(3600, startedAt),
    generatedWarning: [{ code: 'runs-failed' }],
  });
  expect(source.rejectedListings).toBeUndefined();
});

it.each([
  { name: 'waits for approval', with_: { phase: 'awaiting approval' as const }, word: 'ready' },
  { name: 'goes on by itself', with_: { phase: 'running' as const, plannedBatches: 1 }, word: 'in progress' },
])('says $word of a plan that $name', async ({ with_, word }) => {
  const { settle } = await installed({ listingCycle: 4, ...with_ });
  expect((await settle({ planned: { outcome: 'planned' } })).source).toMatchObject({ lastRunStatus: word });
});

it('changes nothing that is known when an answer was rejected, and checks again soon', async () => {
  const counts = { known: 9, excluded: 1, withdrawn: 0, complete: 8, failed: 0 };
  const { settle } = await installed({ listingCycle: 3, counts, recheckSeconds: 86_400 });
  const { source } = await settle(rejected);
  expect(source).toMatchObject({
    listingCycle: 3,
    counts,
    phase: 'idle',
    lastRunStatus: 'warning',
    rejectedListings: 1,
    nextCheckAt: after(900),
  });
  expect(source.generatedWarning).toEqual([{ code: 'listing-rejected', detail: 'cut-short: the last line does not end' }]);
  expect(source.needsAttention).toBeUndefined();
});

it('goes back to the plan that waits for approval', async () => {
  const { settle } = await installed({ listingCycle: 3, approval: 'waiting' });
  expect((await settle(rejected)).source).toMatchObject({ phase: 'awaiting approval', approval: 'waiting' });
});

it('asks a person after the third rejection in a row', async () => {
  const { settle } = await installed({ rejectedListings: 2 });
  const { source } = await settle(rejected);
  expect(source).toMatchObject({
    rejectedListings: 3,
    lastRunStatus: 'error',
    needsAttention: { reason: 'listings-rejected', step: 'settle-cycle' },
  });
});

it('does not count an ENA that is away as a rejection', async () => {
  const { settle } = await installed({ rejectedListings: 2 });
  const { source } = await settle({ failure: { Error: 'ArchiveUnavailableError', Cause: '' } });
  expect(source).toMatchObject({ rejectedListings: 2, generatedWarning: [{ code: 'archive-unavailable' }] });
  expect(source.needsAttention).toBeUndefined();
});

it('does nothing the second time, or for a cycle that is over', async () => {
  const { settle } = await installed({});
  const first = await settle(rejected);
  expect(first.outcome).toBe('settled');
  expect(await settle(rejected)).toEqual({ outcome: 'stale', source: first.source });
  expect(await settle(rejected, 3)).toEqual({ outcome: 'stale', source: first.source });
});

it('asks ENA no earlier than it wants to be asked', async () => {
  const { settle } = await installed({ listingCycle: 3, recheckSeconds: 86_400 });
  const { source } = await settle({ listed: { outcome: 'unavailable', detail: 'ENA is unavailable: HTTP 429', afterSeconds: 7200 } });
  expect(source).toMatchObject({ nextCheckAt: after(7200), generatedWarning: [{ code: 'archive-unavailable' }] });
});

it('keeps what a person may confirm, until another rejection or a good listing', async () => {
  const suspect = { listed: { outcome: 'rejected', code: 'large-drop', detail: 'x', rows: 5 } };
  const { settle, stores } = await installed({ listingCycle: 3 });
  const { source } = await settle(suspect);
  expect(source.suspectListing).toEqual({ code: 'large-drop', rows: 5 });
  const event = { entityId: sourceId, sourceId, at: now, type: 'test', actor: 'test' };
  await stores.sources.change(source, { cycleRunning: true, cycle: 5, phase: 'listing', acceptedListing: source.suspectListing }, event);
  const healed = await settle({ listed: { outcome: 'listed', rows: 5 }, planned: { outcome: 'planned' } }, 5);
  expect(healed.source.suspectListing).toBeUndefined();
  expect(healed.source.acceptedListing).toBeUndefined();
});
