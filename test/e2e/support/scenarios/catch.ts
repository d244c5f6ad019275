import { parse } from 'csv-parse/sync';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { AddAnswer } from '../../../../cli/schemas';
import { agreeingWithArchive, filesAtHome } from '../../../world/demo/check-home';
import { show, status } from '../../../world/demo/observe';
import { fetchedAgain, fetchedRuns, listedRuns } from '../archive';
import { cliJson, runsOf } from '../cli';
import { indexIdentity, linksOf, samplesheetOf, writableAtHome } from '../home';
import { jobFolders, queued, submitted, untilQuiet, untilSettled } from '../observe';
import { CAP_MILLISECONDS, MINUTELY, QUERIES, SHARING, SOURCES, type Standing } from './standing';

const batchCount = async (standing: Standing): Promise<number> => {
  const shown = await Promise.all(SOURCES.map((sourceId) => show(standing().access, sourceId)));
  return shown.reduce((sum, { batches }) => sum + batches.length, 0);
};

/** From the names of three sources to verified files at home. */
export function firstCatch(standing: Standing): void {
  it(
    'brings three sources from named to complete',
    async () => {
      const added = AddAnswer.parse(await cliJson(standing(), 'add', ...SHARING));
      expect(added).toEqual({ added: [...SHARING], existing: [], invalid: [] });
      expect((await show(standing().access, SHARING[1])).source.name).toBe('Gallus gallus');
      await cliJson(standing(), 'add', MINUTELY, '--recheck-seconds', '60');
      const shown = await untilSettled(standing(), SOURCES);
      // Says the cause where an attempt was spent.
      expect(shown.flatMap(({ source }) => source.generatedWarning.filter(({ code }) => code === 'retry-needed'))).toEqual([]);
      // The archive lists runs of the first two that have no files; that is worth knowing, and no warning.
      expect(shown.map(({ source }) => [source.sourceId, source.lastRunStatus, source.generatedWarning.map(({ code }) => code)])).toEqual([
        [SHARING[0], 'complete', ['excluded-share', 'files-missing']],
        [SHARING[1], 'complete', ['files-missing']],
        [MINUTELY, 'complete', []],
      ]);
      expect(await batchCount(standing)).toBeGreaterThanOrEqual(4);
      await untilQuiet(standing());
    },
    CAP_MILLISECONDS,
  );

  it('has fetched every file once, those of shared runs too, and they agree with the archive', async () => {
    const files = await filesAtHome(standing().cluster.root);
    expect(files.length).toBeGreaterThan(50);
    expect(await agreeingWithArchive(files, standing().ena)).toEqual(files);
    expect(await fetchedAgain(standing())).toEqual([]);
    const [study, taxon] = SHARING.map((sourceId) => linksOf(standing(), sourceId));
    expect([...(study?.keys() ?? [])].filter((accession) => taxon?.has(accession))).toHaveLength(6);
    expect([...new Set(files.map(({ accession }) => accession))].sort()).toEqual(await fetchedRuns(standing()));
  });

  it.each(SOURCES)('shows of %s what the archive lists, and says why the rest is left out', async (sourceId) => {
    const { withFiles, withoutFiles } = await listedRuns(standing(), QUERIES[sourceId]);
    const excluded = await runsOf(standing(), sourceId, 'excluded');
    expect(excluded.map(({ accession }) => accession).sort()).toEqual(withoutFiles);
    for (const { rule, reason } of excluded) expect([rule, reason]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
    expect((await show(standing().access, sourceId)).runs).toMatchObject({
      known: withFiles.length + withoutFiles.length,
      excluded: withoutFiles.length,
      complete: withFiles.length,
      failed: 0,
    });
    const links = linksOf(standing(), sourceId);
    expect([...links.keys()]).toEqual(withFiles);
    const sheet = samplesheetOf(standing(), sourceId);
    expect(sheet.map((row) => row.run_accession).sort()).toEqual(withFiles);
    for (const row of sheet) {
      const mates = [row.fastq_1, row.fastq_2].filter((path) => path !== '');
      expect(mates.map((path) => dirname(path))).toEqual(mates.map(() => links.get(row.run_accession)));
      const names = sourceId === MINUTELY ? ['_1.fastq.gz', '_2.fastq.gz'] : ['.fastq.gz'];
      expect(mates.map((path) => basename(path))).toEqual(names.map((name) => `${row.run_accession}${name}`));
    }
  });

  it.each(SHARING)('exports what is at home of %s: the samplesheet is the one that lies beside the files', async (sourceId) => {
    const output = join(mkdtempSync(join(tmpdir(), 'trawl-export-')), 'sheet.csv');
    const exported = await cliJson(standing(), 'export', sourceId, '--format', 'samplesheet', '--output', output);
    const rows: readonly Readonly<Record<string, string>>[] = parse(readFileSync(output), { columns: true });
    const sheet = samplesheetOf(standing(), sourceId);
    expect(exported).toMatchObject({ output, rows: sheet.length });
    const reads = (found: readonly { readonly fastq_1?: string; readonly fastq_2?: string }[]) =>
      found.map((row) => [row.fastq_1, row.fastq_2]).sort();
    expect(reads(rows)).toEqual(reads(sheet));
  });

  it('publishes read-only, and has nothing alive', async () => {
    expect(writableAtHome(standing())).toEqual([]);
    const { workers, batches } = await status(standing().access);
    expect(workers).toEqual([]);
    expect(batches).toEqual({ planned: 0, dispatched: 0, running: 0, sweeping: 0 });
    expect(await queued(standing())).toEqual([]);
    expect(
      standing()
        .cluster.processes()
        .filter(({ command }) => command.includes(join(standing().cluster.root, 'jobs'))),
    ).toEqual([]);
  });

  it(
    'finds nothing new at a second check, starts no job and writes nothing',
    async () => {
      const seen = async (): Promise<unknown> => ({
        submitted: await submitted(standing()),
        folders: jobFolders(standing()),
        batches: await batchCount(standing),
        indexes: SOURCES.map((sourceId) => indexIdentity(standing(), sourceId)),
        home: (await filesAtHome(standing().cluster.root)).length,
      });
      const before = await seen();
      const cycle = z.number().parse((await show(standing().access, SHARING[0])).source['cycle']);
      for (const sourceId of SHARING) await cliJson(standing(), 'check', sourceId);
      const shown = await untilSettled(standing(), SHARING, cycle + 1);
      expect(shown.map(({ source }) => source.lastRunStatus)).toEqual(['complete', 'complete']);
      expect(await seen()).toEqual(before);
    },
    CAP_MILLISECONDS,
  );
}
