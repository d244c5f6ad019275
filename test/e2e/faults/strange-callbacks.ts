import { signatureOf } from '../../../layers/core/callbacks/keys';
import type { SeenCallback } from '../../world/faults/callback-proxy';
import type { Place } from './place';
import type { WatchedSource } from './watched-source';

type Answer = readonly [status: number, body: unknown];
type History = readonly unknown[];
export interface Repeat {
  readonly historyBefore: History;
  readonly repeated: Answer;
  readonly historyAfter: History;
}
export interface StrangeCallbacks extends Repeat {
  /** Status of the answer to each forgery. */
  readonly refused: Readonly<Record<string, number>>;
  readonly statusAfter: string | undefined;
}

async function post({ installation }: Place, path: string, body: string, signature?: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...(signature !== undefined && { 'x-trawl-signature': signature }) };
  const answer = await fetch(installation.access.url + path, { method: 'POST', headers, body });
  return [answer.status, await answer.json()];
}

const historyOf = async ({ stores }: Place, { sourceId }: WatchedSource): Promise<History> =>
  (await stores.events.ofSource(sourceId, { limit: 500 })).items;

/** A message of the worker that the API has taken. */
function taken({ proxy }: Place, source: WatchedSource, kind: string): SeenCallback {
  const found = proxy.seen(source.job(), kind).find(({ status }) => status === 200);
  if (!found) throw new Error(`the API has taken no "${kind}" of ${source.job()}`);
  return found;
}

/** Says that the job is finished, without a run of it. */
function forgedEnd(source: WatchedSource): string {
  const [jobId, at] = [source.job(), new Date().toISOString()];
  const tails = { exitCode: 0, signal: null, process: null, stdoutTail: '', stderrTail: '' };
  const report = { v: 1, jobId, kind: 'run', result: 'finished', reason: null, ...tails, runs: [], startedAt: at, endedAt: at };
  return JSON.stringify({ v: 1, jobId, attempt: 1, seq: 99, sentAt: at, kind: 'finished', body: report });
}

/** While its job is at a slow download, somebody else calls, and its own *started* comes a second time. */
export async function strangeCallbacksInMotion(place: Place, source: WatchedSource): Promise<StrangeCallbacks> {
  const [slowRun = ''] = source.accessions;
  // Two minutes of silence in all, then the third try: whatever the load, the job is in motion meanwhile.
  await source.stall(slowRun, 2);
  await source.tell('add');
  await source.untilAsked(slowRun);
  await source.until('its batch running', async () => (await source.batches())[0]?.status === 'running');
  const historyBefore = await historyOf(place, source);
  const started = taken(place, source, 'started');
  const [path, forged] = [`/callbacks/${source.job()}`, forgedEnd(source)];
  const own = signatureOf('a key of my own', path, Buffer.from(forged));
  const guess = JSON.stringify({ v: 1, jobId: source.job(), token: 'a-token-of-my-own-0123456789', nonce: 'mine-0123456789-mine' });
  const refused = {
    'own key': (await post(place, path, forged, own))[0],
    'signature of another message': (await post(place, path, forged, started.signature))[0],
    unsigned: (await post(place, path, forged))[0],
    'no such job': (await post(place, '/callbacks/study-PRJEB1.1.1.a1.fetch', forged, own))[0],
    'guessed token': (await post(place, '/callbacks/enrol', guess))[0],
  };
  const repeated = await post(place, path, started.body, started.signature);
  const historyAfter = await historyOf(place, source);
  return { historyBefore, refused, repeated, statusAfter: (await source.jobNow())?.status, historyAfter };
}

/** Its own *finished* once more, when everything is settled. */
export async function lateRepeat(place: Place, source: WatchedSource): Promise<Repeat> {
  const historyBefore = await historyOf(place, source);
  const finished = taken(place, source, 'finished');
  const repeated = await post(place, `/callbacks/${source.job()}`, finished.body, finished.signature);
  return { historyBefore, repeated, historyAfter: await historyOf(place, source) };
}
