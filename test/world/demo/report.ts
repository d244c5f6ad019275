import { z } from 'zod';
import { table, humanBytes } from '../../../cli/output';
import type { Installation } from '../installation/installation';
import { agreeingWithArchive, filesAtHome, qualityAtHome } from './check-home';
import { events, show, status } from './observe';
import { elapsedSeconds } from './story';

const Counts = z.object({ known: z.number(), excluded: z.number(), complete: z.number(), failed: z.number() });
export const Report = z.object({
  sources: z.array(z.object({ id: z.string(), lastRunStatus: z.string(), runs: Counts })),
  batches: z.number(),
  sharedRuns: z.number(),
  workers: z.object({ created: z.number(), alive: z.number() }),
  results: z.object({ files: z.number(), bytes: z.number(), verified: z.number() }),
  /** Runs that quality control looked at, and how many of them it has doubts about. */
  quality: z.object({ source: z.string(), runs: z.number(), doubtful: z.number() }),
  seconds: z.number(),
});
export type Report = z.infer<typeof Report>;

const FETCHED = /\/vol1\/.*\/([EDS]RR\d+)\//;

/** Runs that more than one source shows as complete, and of which every file was asked for from the archive exactly once. */
async function sharedRunsFetchedOnce(installation: Installation, linkedBySource: readonly ReadonlySet<string>[]): Promise<number> {
  const holders = new Map<string, number>();
  for (const links of linkedBySource) for (const accession of links) holders.set(accession, (holders.get(accession) ?? 0) + 1);
  const timesByPath = new Map<string, number>();
  for (const { method, path, status: code } of await installation.ena.requests()) {
    if (method === 'GET' && code === 200 && FETCHED.test(path)) timesByPath.set(path, (timesByPath.get(path) ?? 0) + 1);
  }
  const of = (wanted: (times: number) => boolean): ReadonlySet<string> =>
    new Set([...timesByPath].filter(([, times]) => wanted(times)).map(([path]) => FETCHED.exec(path)?.[1] ?? ''));
  const fetched = of((times) => times === 1);
  const fetchedTwice = of((times) => times > 1);
  return [...holders].filter(([accession, count]) => count > 1 && fetched.has(accession) && !fetchedTwice.has(accession)).length;
}

/** Everything in the report is looked up here: in the API, in the files at home, in the archive's own request log. */
export async function makeReport(
  installation: Installation,
  sourceIds: readonly string[],
  linksOf: (sourceId: string) => ReadonlySet<string>,
  checkedSource: string,
): Promise<Report> {
  const quality = qualityAtHome(installation.cluster.root, checkedSource);
  const { access, cluster, ena } = installation;
  const shown = await Promise.all(sourceIds.map((sourceId) => show(access, sourceId)));
  const files = await filesAtHome(cluster.root);
  const history = await Promise.all(sourceIds.map((sourceId) => events(access, sourceId)));
  const created = new Set(
    history
      .flat()
      .filter(({ type }) => type === 'batch-admit')
      .map(({ entityId, at }) => `${entityId} ${at}`),
  );
  return {
    sources: shown.map(({ source, runs: { known, excluded, complete, failed } }) => ({
      id: source.sourceId,
      lastRunStatus: source.lastRunStatus,
      runs: { known, excluded, complete, failed },
    })),
    batches: shown.reduce((sum, { batches }) => sum + batches.length, 0),
    sharedRuns: await sharedRunsFetchedOnce(installation, sourceIds.map(linksOf)),
    workers: { created: created.size, alive: (await status(access)).workers.length },
    results: {
      files: files.length,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      verified: (await agreeingWithArchive(files, ena)).length,
    },
    quality: { source: checkedSource, runs: quality.length, doubtful: quality.filter(({ verdict }) => verdict !== 'good').length },
    seconds: elapsedSeconds(),
  };
}

/** What the report must show for the demo to have worked; empty when it did. */
export function shortcomings(report: Report): readonly string[] {
  const complete = report.sources.reduce((sum, { runs }) => sum + runs.complete, 0);
  const checks: readonly (readonly [boolean, string])[] = [
    [report.sources.every(({ lastRunStatus }) => lastRunStatus === 'complete'), 'every source is complete'],
    [complete >= 20, `at least 20 runs complete (${complete})`],
    [report.sharedRuns >= 3, `at least three shared runs, fetched once (${report.sharedRuns})`],
    [report.batches >= 4, `at least four batches (${report.batches})`],
    [report.sources.some(({ runs }) => runs.excluded > 0), 'at least one run excluded with reason'],
    [
      report.quality.runs > 0 && report.quality.runs === report.sources.find(({ id }) => id === report.quality.source)?.runs.complete,
      `quality control of every run of ${report.quality.source} (${report.quality.runs})`,
    ],
    [report.workers.alive === 0, `no worker alive (${report.workers.alive})`],
    [
      report.results.files > 0 && report.results.verified === report.results.files,
      `every file agrees with the archive (${report.results.verified} of ${report.results.files})`,
    ],
  ];
  return checks.filter(([holds]) => !holds).map(([, what]) => what);
}

export function reportTable(report: Report): string {
  const rows = report.sources.map(({ id, lastRunStatus, runs }) => [
    id,
    lastRunStatus,
    runs.known,
    runs.excluded,
    runs.complete,
    runs.failed,
  ]);
  return [
    table(['SOURCE', 'STATUS', 'KNOWN', 'EXCLUDED', 'COMPLETE', 'FAILED'], rows),
    '',
    `batches   ${report.batches}`,
    `shared    ${report.sharedRuns} runs in more than one source, fetched once`,
    `workers   ${report.workers.created} created, ${report.workers.alive} alive`,
    `results   ${report.results.files} files, ${humanBytes(report.results.bytes)}; md5 recomputed here: ${report.results.verified} agree with the archive`,
    `quality   ${report.quality.runs} runs of ${report.quality.source} looked at by fastp, ${report.quality.doubtful} doubtful`,
    `time      ${report.seconds} s`,
  ].join('\n');
}
