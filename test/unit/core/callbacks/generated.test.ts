import fc from 'fast-check';
import { memoryMachines } from '../../../../layers/adapters/fakes/machines';
import { memoryObjects } from '../../../../layers/adapters/fakes/objects';
import { memoryStores } from '../../../../layers/adapters/fakes/stores';
import { decideCallback } from '../../../../layers/core/callbacks/decide';
import { hearCallback, type CallbackDeps } from '../../../../layers/core/callbacks/serve';
import { waitId } from '../../../../layers/core/ids';
import { source } from '../../../contract/stores/samples';
import { ATTEMPT, sent, SIBLING, STRANGER, type Sent } from './generated-callbacks';
import { JOB, MASTER, NOW, runJob } from './messages';

const SOURCE = 'study:PRJEB1';
const CALLBACKS = 10_000;
const IN_A_LIFE = 25;

async function installation() {
  const [stores, objects, machines] = [memoryStores(), memoryObjects(), memoryMachines()];
  const at = NOW.toISOString();
  await stores.sources.add(source(SOURCE), { entityId: SOURCE, sourceId: SOURCE, at, type: 'source-added', actor: 'test' });
  await stores.jobs.add(runJob({ attempt: ATTEMPT }));
  await stores.jobs.add(runJob({ jobId: SIBLING, kind: 'verify', attempt: ATTEMPT }));
  await stores.jobs.add(runJob({ jobId: STRANGER }));
  const none = async (): Promise<never> => Promise.reject(new Error('nobody asks for links'));
  const deps: CallbackDeps = {
    stores,
    objects,
    machines,
    now: () => NOW,
    master: async () => MASTER,
    links: none,
    putLinks: objects.links,
    getLink: objects.getLink,
  };
  /** All that a callback could change, as text: ten thousand are compared. */
  const everything = async () =>
    JSON.stringify([
      await Promise.all([JOB, SIBLING, STRANGER].map((jobId) => stores.jobs.get(jobId))),
      await Promise.all([waitId.started(JOB), waitId.ended(JOB)].map((id) => stores.waits.get(id))),
      (await stores.events.ofSource(SOURCE)).items,
      await stores.sources.get(SOURCE),
      objects.text(`reports/${JOB}.json`),
    ]);
  return { stores, objects, deps, everything };
}
type Installation = Awaited<ReturnType<typeof installation>>;

/** What was heard so far, told from the messages alone. */
interface Heard {
  readonly seq: number;
  readonly end?: 'finished' | 'failed';
  readonly runsDone?: number;
}

interface Told {
  readonly heard: Heard;
  /** Everything as it stands, where that was looked at since the last change. */
  readonly all?: string;
}

/** What must be answered, and what is heard then: the rule of callbacks in the words of a worker. */
function expected(heard: Heard, one: Sent): { readonly answer: object; readonly after: Heard } {
  if (one.truth === 'bad') return { answer: heard.end === undefined ? one.open : one.over, after: heard };
  const { kind, seq } = one;
  if (heard.end !== undefined)
    return { answer: { status: 200, body: { accepted: false, reason: 'job-ended', order: 'stop' } }, after: heard };
  if (kind === 'finished' || kind === 'failed') {
    return {
      answer: { status: 200, body: { accepted: true, order: 'stop' } },
      after: { ...heard, seq: Math.max(heard.seq, seq), end: kind },
    };
  }
  if (seq <= heard.seq) return { answer: { status: 200, body: { accepted: false, reason: 'repeated', order: 'run' } }, after: heard };
  const after = { ...heard, seq, ...(kind === 'progress' ? { runsDone: seq } : {}) };
  return { answer: { status: 200, body: { accepted: true, order: 'run' } }, after };
}

/** Sends one; what is not to be applied changes nothing at all. */
async function send({ deps, stores, everything }: Installation, { heard, all }: Told, one: Sent): Promise<Told> {
  const { answer, after } = expected(heard, one);
  const before = after === heard ? (all ?? (await everything())) : undefined;
  const decision = decideCallback(await stores.jobs.get(one.received.jobId), one.received, MASTER);
  expect(decision.action === 'heard' || decision.action === 'report').toBe(after !== heard);
  expect(await hearCallback(deps, one.received)).toMatchObject(answer);
  if (before !== undefined) expect(await everything()).toBe(before);
  const job = await stores.jobs.get(JOB);
  const { lastSeq, status, progress } = job ?? {};
  // Progress never goes back: the worker's own count grows with its numbers, and this is that of the highest one.
  const wanted = [after.seq, after.end ?? (after.seq > 0 ? 'started' : 'requested'), after.runsDone];
  expect([lastSeq, status, progress?.['runsDone']]).toEqual(wanted);
  return { heard: after, ...(before !== undefined && { all: before }) };
}

test(`of ${CALLBACKS} callbacks none is accepted that should not be, and all that should be are, once`, async () => {
  const seen = new Map<string, number>();
  const life = fc.array(sent, { minLength: IN_A_LIFE, maxLength: IN_A_LIFE });
  const lives = fc.asyncProperty(life, async (messages) => {
    const here = await installation();
    let told: Told = { heard: { seq: 0 } };
    for (const one of messages) {
      const name = one.truth === 'bad' ? one.how : told.heard.end === undefined ? 'genuine' : 'after the end';
      seen.set(name, (seen.get(name) ?? 0) + 1);
      told = await send(here, told, one);
    }
    const { end } = told.heard;
    const { items } = await here.stores.events.ofSource(SOURCE);
    const ends = items.filter(({ entityId, to }) => entityId === JOB && (to === 'finished' || to === 'failed'));
    expect(ends.map(({ to }) => to)).toEqual(end === undefined ? [] : [end]);
    const report = JSON.parse(here.objects.text(`reports/${JOB}.json`) ?? '{}') as { readonly result?: string };
    expect([report.result, (await here.stores.waits.get(waitId.ended(JOB)))?.fact?.['result']]).toEqual([end, end]);
  });
  await fc.assert(lives, { numRuns: CALLBACKS / IN_A_LIFE });
  expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(CALLBACKS);
  expect(seen.size).toBe(11);
  expect([...seen.values()].filter((count) => count < 100)).toEqual([]);
});
