import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Batch, Job, Source } from '../../../layers/core/entities';
import { jobKeyOf } from '../../../layers/core/ids';
import { sleep } from '../../world/aws/processes';
import { trawl, trawlJson } from '../../world/installation/trawl-cli';
import type { Place } from './place';

/** Caps a wait that hangs; nothing is measured by it. */
const WAIT_SECONDS = 900;
const LOOK_MILLISECONDS = 1_000;
/** Any recorded run with one file: new rows are made like it. */
const MODEL = 'ERR2812343';
const FILE_BYTES = 60_000;

/** A study of its own in the archive, with as many runs of one file each as asked for, named to Trawl by a person. */
export interface WatchedSource {
  readonly sourceId: string;
  readonly slug: string;
  readonly accessions: readonly string[];
  readonly pathOf: (accession: string) => string;
  readonly worker: (attempt?: number, batch?: number) => string;
  readonly job: (attempt?: number, batch?: number) => string;
  /** Its name at Slurm. */
  readonly key: (attempt?: number, batch?: number) => string;
  /** `npx trawl <words> <source>`; must end 0. */
  readonly tell: (...words: readonly string[]) => Promise<void>;
  readonly now: () => Promise<Source>;
  readonly batches: () => Promise<readonly Batch[]>;
  readonly jobNow: (attempt?: number, batch?: number) => Promise<Job | undefined>;
  /** A download that the archive does not finish: half the file, then silence. */
  readonly stall: (accession: string, times?: number) => Promise<void>;
  /** From now on the archive delivers it, whatever was to befall it. */
  readonly deliver: (accession: string) => Promise<void>;
  /** A download that the archive begins so late. */
  readonly slow: (accession: string, seconds: number) => Promise<void>;
  /** Waits until the archive was asked so often for a file that it does not deliver. */
  readonly untilAsked: (accession: string, times?: number) => Promise<void>;
  /** Waits until this attempt's worker holds the run whole. */
  readonly untilStaged: (accession: string, attempt?: number) => Promise<void>;
  readonly until: (what: string, done: () => Promise<boolean> | boolean) => Promise<void>;
  /** Waits until nothing of it moves any more and no machine of it lives; a source that needs a person ends the wait too. */
  readonly untilSettled: (cycle?: number) => Promise<void>;
}

/** Names them all to Trawl, in one command. */
export async function nameToTrawl({ installation }: Place, sources: readonly WatchedSource[], ...flags: readonly string[]): Promise<void> {
  await trawlJson(installation.access, ['add', ...sources.map(({ sourceId }) => sourceId), ...flags]);
}

/** Numbered from 1; a study of its own, with as many runs. */
const studyOf = (number: number, runs: number) => ({
  study: `PRJEB9100${number}`,
  accessions: Array.from({ length: runs }, (_, at) => `ERR9100${String(number).padStart(2, '0')}${at + 1}`),
});

export async function newSource(place: Place, number: number, runs = 2): Promise<WatchedSource> {
  const { study, accessions } = studyOf(number, runs);
  for (const accession of accessions)
    await place.installation.ena.change({
      kind: 'add',
      accession,
      like: MODEL,
      fields: { study_accession: study, secondary_study_accession: '' },
      files: [{ name: `${accession}.fastq.gz`, bytes: FILE_BYTES }],
    });
  return sameSource(place, number, runs);
}

/** A study that is in the archive already, as this installation sees it. */
export async function sameSource({ installation, stores }: Place, number: number, runs = 2): Promise<WatchedSource> {
  const { ena, access, cluster, name } = installation;
  const { study, accessions } = studyOf(number, runs);
  const slug = `study-${study}`;
  const served = new Map((await ena.files()).map((file) => [file.accession, file.path]));
  const sourceId = `study:${study}`;
  const worker = (attempt = 1, batch = 1): string => `${slug}.1.${batch}.a${attempt}`;
  const job = (attempt = 1, batch = 1): string => `${worker(attempt, batch)}.fetch`;
  const pathOf = (accession: string): string => served.get(accession) ?? '';
  const now = async (): Promise<Source> => {
    const source = await stores.sources.get(sourceId);
    if (!source) throw new Error(`${sourceId} is not there`);
    return source;
  };
  const batches = (): Promise<readonly Batch[]> => stores.batches.ofSource(sourceId);
  const explain = async (): Promise<string> => {
    const [source, planned] = [await stores.sources.get(sourceId), await batches()];
    const history = (await stores.events.ofSource(sourceId, { limit: 200 })).items.map(
      ({ at, entityId, type, from = '', to = '', actor, detail = '' }) => `${at} ${entityId} ${type} ${from}→${to} by ${actor}: ${detail}`,
    );
    return [JSON.stringify(source), ...planned.map((batch) => JSON.stringify(batch)), ...[...history].reverse()].join('\n');
  };
  const until: WatchedSource['until'] = async (what, done) => {
    const end = Date.now() + WAIT_SECONDS * 1_000;
    while (!(await done())) {
      if (Date.now() > end) throw new Error(`${sourceId}: ${what} did not come within ${WAIT_SECONDS} s\n${await explain()}`);
      await sleep(LOOK_MILLISECONDS);
    }
  };
  const inject = async (accession: string, times: number, fault: { kind: 'stall' | 'slow'; seconds: number }): Promise<void> => {
    await ena.inject({ on: 'files', contains: pathOf(accession), times, fault });
  };
  return {
    sourceId,
    slug,
    accessions,
    pathOf,
    worker,
    job,
    key: (attempt, batch) => jobKeyOf(name, job(attempt, batch)),
    tell: async (...words) => {
      const { code, stdout, stderr } = await trawl(access, [...words, sourceId]);
      if (code !== 0) throw new Error(`trawl ${words.join(' ')} ${sourceId} ended ${code}: ${stderr}${stdout}\n${await explain()}`);
    },
    now,
    batches,
    jobNow: (attempt, batch) => stores.jobs.get(job(attempt, batch)),
    deliver: (accession) => ena.clearFaults(pathOf(accession)),
    stall: (accession, times = 1) => inject(accession, times, { kind: 'stall', seconds: 3_600 }),
    slow: (accession, seconds) => inject(accession, 1, { kind: 'slow', seconds }),
    untilAsked: (accession, times = 1) =>
      until(`download ${times} of ${accession}`, async () => {
        const asked = (await ena.requests()).filter(({ path, fault }) => path === pathOf(accession) && fault !== null);
        return asked.length >= times;
      }),
    untilStaged: (accession, attempt) =>
      until(`${accession} whole at the worker`, () =>
        existsSync(join(cluster.root, 'staging', worker(attempt), 'fetch', 'outcomes', `${accession}.json`)),
      ),
    until,
    untilSettled: (cycle = 1) =>
      until(`the end of cycle ${cycle}`, async () => {
        const source = await now();
        const rests = source.phase === 'idle' && source.cycle >= cycle && !source.cycleRunning;
        if (!rests && source.needsAttention === undefined) return false;
        return !(await stores.workers.alive()).some((each) => each.sourceId === sourceId);
      }),
  };
}
