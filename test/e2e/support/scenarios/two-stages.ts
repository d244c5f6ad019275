import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { PROJECT_ROOT } from '../../../world/setup/install-once';
import { qualityAtHome } from '../../../world/demo/check-home';
import { fetchedAgain } from '../archive';
import { cli, cliJson } from '../cli';
import { linksOf, samplesheetOf, versionsOf } from '../home';
import { untilQuiet, untilSettled } from '../observe';
import { CAP_MILLISECONDS, makeStudy, type Standing } from './standing';

const STUDY = 'study:PRJEB99905';
const RUNS = ['ERR9990501', 'ERR9990502'];

/** The workflow that ships, held to another limit: of the archive's reads 5 of 8 bases are above Q30. */
function workflowFile(minQ30: number): string {
  const path = join(mkdtempSync(join(tmpdir(), 'trawl-workflow-')), 'fetch-and-check.yaml');
  writeFileSync(
    path,
    readFileSync(join(PROJECT_ROOT, 'workflows', 'fetch-and-check.yaml'), 'utf8').replace('minQ30: 0.6', `minQ30: ${minQ30}`),
  );
  return path;
}

/** Fetch, then quality control with the real fastp, on the real cluster. */
export function twoStages(standing: Standing): void {
  it(
    'looks at the reads of what it fetched, and what is doubtful becomes a warning',
    async () => {
      await makeStudy(standing(), 'PRJEB99905', RUNS);
      expect((await cli(standing(), 'add', STUDY, '--workflow', 'fetch-and-check')).stderr).toContain(
        'no workflow fetch-and-check was imported',
      );
      await cliJson(standing(), 'workflow', 'import', workflowFile(0.9));
      await cliJson(standing(), 'add', STUDY, '--provider', 'slurm', '--workflow', 'fetch-and-check');
      const [shown] = await untilSettled(standing(), [STUDY]);
      expect(shown?.source.lastRunStatus).toBe('warning');
      expect(shown?.source.generatedWarning).toEqual([{ code: 'quality-doubtful', detail: 'of 2 verified: 2 low-q30' }]);
      expect(qualityAtHome(standing().cluster.root, STUDY).map(({ verdict }) => verdict)).toEqual(['low-q30', 'low-q30']);
      const sheet = samplesheetOf(standing(), STUDY);
      expect(sheet.map((row) => basename(dirname(row.fastq_1)).split('@')[0])).toEqual(['fetch', 'fetch']);
      expect([...linksOf(standing(), STUDY).keys()]).toEqual(RUNS);
      await untilQuiet(standing());
    },
    CAP_MILLISECONDS,
  );

  it(
    'looks again when another version is imported, and fetches nothing for that',
    async () => {
      const versions = (): readonly string[] => RUNS.flatMap((run) => versionsOf(standing(), run));
      const before = versions();
      await cliJson(standing(), 'workflow', 'import', workflowFile(0.5));
      await cliJson(standing(), 'check', STUDY);
      const [shown] = await untilSettled(standing(), [STUDY], 2);
      expect([shown?.source.lastRunStatus, shown?.source.generatedWarning]).toEqual(['complete', []]);
      expect(qualityAtHome(standing().cluster.root, STUDY).map(({ verdict }) => verdict)).toEqual(['good', 'good']);
      expect(versions()).toEqual(before);
      expect(await fetchedAgain(standing())).toEqual([]);
      await untilQuiet(standing());
    },
    CAP_MILLISECONDS,
  );
}
