import type { Source } from '../../../layers/core/entities';
import { until } from '../../world/demo/observe';
import type { Installation } from '../../world/installation/installation';
import { inside, type Inside } from '../../e2e/support/aws';
import { cliJson } from '../../e2e/support/cli';
import { installationFor } from '../../e2e/support/installation';
import { WAIT_SECONDS } from '../../e2e/support/observe';

/** Rows of one request; the large study has a little more at first, and exactly as many in the end. */
export const ROW_LIMIT = 200_000;

/** Where listings are taken: no cluster, since every plan waits for an approval that nobody gives. */
export interface Place extends Inside {
  readonly installation: Installation;
  /** Every source, at most a second old. */
  readonly sources: () => Promise<ReadonlyMap<string, Source>>;
  /** Asks for a check, and waits until the cycle that it starts has ended. */
  readonly check: (sourceId: string) => Promise<Source>;
  readonly untilCycleEnded: (sourceId: string, cycle: number) => Promise<Source>;
  /** One request to the API, and its answer. */
  readonly tell: (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => Promise<unknown>;
}

const OVERRIDES = {
  caps: { total: 4, pools: { scheduled: 4, manual: 2 }, providers: { slurm: 4 }, homeFreeBytesMin: 1_000_000_000, cyclesAtOnce: 16 },
  // Few large batches: what is planned is looked at, and never dispatched.
  batch: { maxBytes: 1e15, maxRuns: 1_000, maxMinutes: 10_000_000 },
  fetch: { resources: { cpus: 1, memoryMb: 900, timeMinutes: 10_000_000 }, parameters: {} },
  limits: { runs: 1, bytes: 1_000_000_000_000, dollars: 100 },
  // Short calls, so that a listing in windows needs several.
  listing: { rowLimit: ROW_LIMIT, secondsPerCall: 5 },
};

/** The sources as one reading a second, however many wait for one of them. */
function sourcesOf({ stores }: Inside): Place['sources'] {
  let read: { readonly at: number; readonly sources: Promise<ReadonlyMap<string, Source>> } | undefined;
  const readAll = async (): Promise<ReadonlyMap<string, Source>> =>
    new Map((await stores.sources.list({ limit: 500 })).items.map((source) => [source.sourceId, source]));
  return () => {
    if (read === undefined || Date.now() - read.at > 1_000) read = { at: Date.now(), sources: readAll() };
    return read.sources;
  };
}

async function tell({ access }: Installation, method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${access.token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${access.url}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

function placeIn(installation: Installation): Place {
  const seen = inside(installation);
  const sources = sourcesOf(seen);
  const untilCycleEnded = async (sourceId: string, cycle: number): Promise<Source> => {
    const found = await until(
      `the end of cycle ${cycle} of ${sourceId}`,
      WAIT_SECONDS,
      async () => (await sources()).get(sourceId),
      (source) => source !== undefined && source.cycle >= cycle && !source.cycleRunning,
    );
    if (found === undefined) throw new Error(`${sourceId} is gone`);
    return found;
  };
  const check = async (sourceId: string): Promise<Source> => {
    const { cycle = 0 } = (await seen.stores.sources.get(sourceId)) ?? {};
    await tell(installation, 'POST', `/sources/${encodeURIComponent(sourceId)}/check`, {});
    return untilCycleEnded(sourceId, cycle + 1);
  };
  return { ...seen, installation, sources, check, untilCycleEnded, tell: (...request) => tell(installation, ...request) };
}

/** The place of all tests of a `describe`; to be called inside tests only. @param atEnd while it still stands */
export function placeFor(atEnd: (place: Place) => Promise<void>): () => Place {
  let place: Place | undefined;
  // Before the installation's own: hooks of one kind run in the order in which they are written.
  afterAll(async () => {
    if (place !== undefined) await atEnd(place);
  }, 900_000);
  const standing = installationFor('ministack', { name: 'discovery', cluster: false, memoryHeld: true, overrides: OVERRIDES });
  return () => (place ??= placeIn(standing()));
}

/** Names studies to Trawl, in one command; their first cycles begin by themselves. */
export async function follow({ installation }: Place, studies: readonly string[]): Promise<void> {
  await cliJson(installation, 'add', ...studies, '--no-wait');
}
export const sourceOf = (study: string): string => `study:${study}`;
